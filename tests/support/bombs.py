"""Bodies that are small and open to something huge; run as a program it tells what opening one costs."""

import gzip
import re
import sys
import time
from pathlib import Path

from streams.envelopes.item import Refused
from streams.envelopes.unwrap import unwrap

BOMBS = {
    "flat": lambda: gzip.compress(b"\0" * (80 << 20), 1),
    "nested": lambda: gzip.compress(gzip.compress(b" " * (16 << 20), 1) * 20, 1),
    "items": lambda: gzip.compress(b"[" + b"{}," * 1_000_000 + b"{}]", 1),
    "scalars": lambda: gzip.compress(b'{"Records":[' + b"1," * 4_000_000 + b"1]}", 1),
    "members": lambda: gzip.compress(b"{" + b",".join(b'"%d":1' % number for number in range(700_000)) + b"}"),
    "brackets": lambda: b'{"Records":[{"eventName":"x","a":' + b"[" * 900_000,
    "quotes": lambda: b'{"Message":"' + b'\\"' * 500_000,
}


def main() -> None:
    """Open standard input; print the last item's reason, the seconds and the peak megabytes of this process."""
    body = sys.stdin.buffer.read()
    began = time.monotonic()
    last = None
    for item in unwrap(body):
        last = item
    assert isinstance(last, Refused)
    print(last.reason, time.monotonic() - began, peak_mb())


def peak_mb() -> float:
    """From /proc, for getrusage counts in what the parent held before this program was started."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024


if __name__ == "__main__":
    main()
