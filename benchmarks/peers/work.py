"""Work: what every peer does with a record, how it is timed, and what it tells at its end. Needs msgspec alone.

A peer decodes the whole record, looks up its event source and name, and for one in twenty sends a short text on.
With state it also counts the calls of each key. Ours does more: fingerprints, rules, people, verdicts, cases.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

HITS = frozenset({("iam.amazonaws.com", "CreateUser"), ("iam.amazonaws.com", "CreateAccessKey")})
decode = msgspec.json.Decoder().decode
encode = msgspec.json.Encoder().encode


class Job(NamedTuple):
    """Where a peer reads and writes, how many messages there are, and the folder for its state."""

    hosts: str
    topic: str
    output: str
    messages: int
    folder: str
    state: bool


def job() -> Job:
    """The command line of every peer."""
    parser = argparse.ArgumentParser()
    for name in ("hosts", "topic", "output", "folder"):
        parser.add_argument(f"--{name}", default="")
    parser.add_argument("--messages", type=int, default=0)
    parser.add_argument("--state", action="store_true")
    return Job(**vars(parser.parse_args()))


def hit_of(fields: dict[str, Any]) -> str | None:
    """The eventID of a call that is asked about."""
    if (fields.get("eventSource"), fields.get("eventName")) in HITS:
        event_id: str = fields["eventID"]
        return event_id
    return None


def told(event_id: str, number: int) -> bytes:
    """What is sent on of it."""
    return encode({"eventID": event_id, "action": "notify", "number": number})


class Clock:
    """Wall and CPU time of this process from the first record to `stop`; what was imported before is left out."""

    def __init__(self) -> None:
        self.records = 0
        self.hits = 0
        self._began: tuple[float, float] | None = None

    def start(self) -> None:
        """The first record is here; later calls change nothing."""
        if self._began is None:
            self._began = time.perf_counter(), time.process_time()

    def stop(self, packages: Sequence[str]) -> None:
        """Everything is done and committed: tell the benchmark."""
        assert self._began is not None
        result = {
            "wall_s": time.perf_counter() - self._began[0],
            "cpu_s": time.process_time() - self._began[1],
            "peak_mb": _peak_mb(),
            "records": self.records,
            "hits": self.hits,
            "versions": {package: version(package) for package in packages},
        }
        sys.stdout.write(json.dumps(result) + "\n")
        sys.stdout.flush()


def _peak_mb() -> float:
    """Of this program alone: the rusage of a process begins with what its parent had when it forked."""
    lines = Path("/proc/self/status").read_text().splitlines()
    peak_kb = next(line.split()[1] for line in lines if line.startswith("VmHWM"))
    return int(peak_kb) / 1024
