"""Spy: where the CPU time of a process goes, sampled from outside by py-spy, of the benchmark's own venv."""

import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.run.peer import ROOT

PROGRAM = ROOT / ".venv-bench" / "bin" / "py-spy"
RATE = 400
LEAVE_S = 60


@contextmanager
def spying(pid: int, file: Path) -> Iterator[None]:
    """Sample a process meanwhile; its stacks come into the file, one a line, folded, with a count each."""
    command = [str(PROGRAM), "record", "--pid", str(pid), "--format", "raw", "--rate", str(RATE), "--nonblocking"]
    spy = subprocess.Popen([*command, "--output", str(file)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        spy.send_signal(signal.SIGINT)
        spy.wait(LEAVE_S)


def by_place(file: Path, root: str = "", within: str = "") -> Counter[str]:
    """Samples by the innermost line whose file is under `root`, of the stacks that pass through `within`."""
    found: Counter[str] = Counter()
    for line in file.read_text().splitlines():
        stack, _, number = line.rpartition(" ")
        places = stack.split(";")
        if within and not any(within in place for place in places):
            continue
        ours = [place for place in places if root in place]
        found[ours[-1] if ours else "elsewhere"] += int(number)
    return found
