"""Excerpt: the line of a fault with a caret under it; in a configuration, without any text that may be secret."""

import re
from pathlib import Path

from agents.cli.output import printable
from streams.settings.fault import Fault
from streams.settings.secret import STARS

_WIDEST = 160
_HEADER = re.compile(r"\s*\[\[?[A-Za-z0-9_. -]+\]\]?\s*")
_ASSIGNED = re.compile(r"\s*([A-Za-z0-9_.-]+)\s*=")


def excerpt(fault: Fault) -> str | None:
    """The line and the caret; None where the fault has no line that can be read."""
    if fault.line == 0:
        return None
    try:
        lines = Path(fault.file).read_text(encoding="utf-8", errors="replace").splitlines()
    except (OSError, ValueError):
        return None
    if fault.line > len(lines):
        return None
    line = lines[fault.line - 1]
    if fault.file.endswith(".toml"):
        line = _without_secrets(line)
    line = printable(line.replace("\t", " "))[:_WIDEST]
    if fault.column > len(line) + 1:
        return f"    {line}"
    return f"    {line}\n    {' ' * (fault.column - 1)}^"


def _without_secrets(line: str) -> str:
    """The line as it is where its one key can hold no secret; else without its value."""
    from agents.cli.open_keys import open_keys

    found = _ASSIGNED.match(line)
    named = found is not None and found[1].rpartition(".")[2] in open_keys()
    if (named and "@" not in line) or _HEADER.fullmatch(line):
        return line
    return f"{line[: found.end()] if found else ''} {STARS}"
