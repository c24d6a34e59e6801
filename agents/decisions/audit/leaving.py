"""Leaving: who is told to end does it in time (I19), and who refuses to start says why (I20)."""

import re
from collections.abc import Sequence

from agents.decisions.audit.finding import Finding
from agents.decisions.audit.journal import Journal
from agents.decisions.audit.outside import Process
from agents.decisions.audit.terms import Terms

WITHIN_S = 30.0
CONFIG, UNREACHABLE = 3, 4
REFUSED = frozenset({CONFIG, UNREACHABLE})
KILLED, HALTED = -9, 70
PLACE = re.compile(r"/\S|\b\w[\w-]*\.\w{2,5}\b|\b[A-Z]{2,}_[A-Z_]+\b|\w:\d+\b")
"""A path or URL, a file or key of the configuration, an environment variable, or an address."""
FEWEST_WORDS = 5
LAST_LINES = 10
SHOWN = 200


def leaves_in_time(journal: Journal, _terms: Terms) -> list[Finding]:
    """I19: whoever was told to end ends with 0 within 30 s; nobody else but by kill -9, a halt or a refusal.

    One that is killed while it leaves tells nothing of its leaving; one that does not leave is killed later.
    """
    found = []
    for number, one in enumerate(journal.processes, start=1):
        if one.told and one.code not in {0, KILLED}:
            found.append(_of(one, number, f"was told to end, and ended with {one.code}: {_last(one)}"))
        elif one.told and one.took_s > WITHIN_S:
            found.append(_of(one, number, f"was told to end, and took {one.took_s:.0f} s"))
        elif not one.told and one.code not in {KILLED, HALTED, *REFUSED}:
            found.append(_of(one, number, f"ended by itself with {one.code}: {_last(one)}"))
    return found


def refuses_to_start(journal: Journal, _terms: Terms) -> list[Finding]:
    """I20: whoever refused (3 or 4) said in one line what, where and why; of several faults each has its line."""
    return [
        _of(one, number, f"refused with {one.code} and did not say in one line what, where and why: {_last(one)}")
        for number, one in enumerate(journal.processes, start=1)
        if one.code in REFUSED and not _says_why(one.lines)
    ]


def no_processes_known(journal: Journal, _terms: Terms) -> str | None:
    """What is missing for these checks, None where there is something to judge."""
    return None if journal.processes else "no processes are handed over with the log"


def nobody_refused(journal: Journal, terms: Terms) -> str | None:
    """The same for refusals: a run in which nobody refused tells nothing of them."""
    if any(one.code in REFUSED for one in journal.processes):
        return None
    return no_processes_known(journal, terms) or "no process refused to start"


def _says_why(lines: Sequence[str]) -> bool:
    """Whether one of the last lines, log lines aside, names a place in a sentence; and no traceback is there."""
    if any(line.startswith("Traceback (most recent call last)") for line in lines):
        return False
    words = [line.strip() for line in lines if line.strip() and not line.startswith("{")]
    return any(len(line.split()) >= FEWEST_WORDS and PLACE.search(line) for line in words[-LAST_LINES:])


def _last(process: Process) -> str:
    spoken = [line.strip() for line in process.lines if line.strip()]
    return spoken[-1][:SHOWN] if spoken else "it wrote nothing"


def _of(process: Process, number: int, what: str) -> Finding:
    """About a process, which the order of the journal numbers: one role may have ended several times."""
    name = f"{process.role} {number}"
    return Finding(f"process {name} {what}", at=name)
