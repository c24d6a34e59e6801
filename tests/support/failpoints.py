"""All failpoints of the product, read from its source."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

OUTSIDE = ("agents/standins/", "agents/demo/", "agents/cli/", "agents/doctor/", "agents/audit/")
"""No part of the running pipeline: stand-ins, demo, command line, doctor, and the auditor, which only reads."""


def sources() -> list[Path]:
    """The files whose awaits need failpoints."""
    files = [path for room in ("streams", "tables", "agents") for path in sorted((ROOT / room).rglob("*.py"))]
    return [path for path in files if not str(path.relative_to(ROOT)).startswith(OUTSIDE)]


def calls(function: str) -> Iterator[tuple[Path, ast.Call]]:
    """Every call of `step` or `failpoint` in the product, but those in the module that defines them."""
    for path, node in _named_calls():
        if isinstance(node.func, ast.Name) and node.func.id == function:
            yield path, node


@cache
def _named_calls() -> list[tuple[Path, ast.Call]]:
    return [
        (path, node)
        for path in sources()
        if path.name != "failpoints.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]


def literal(call: ast.Call) -> str | None:
    """The name given to a failpoint, if it is a literal string."""
    first = call.args[0] if call.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def names(*, without: tuple[str, ...] = ()) -> list[str]:
    """Every failpoint by the name that CS_FAILPOINT takes, sorted; `without` leaves the files of rooms out."""
    found = {name for path, call in calls("failpoint") if not _in(path, without) and (name := literal(call))}
    for path, call in calls("step"):
        if not _in(path, without) and (name := literal(call)):
            found |= {f"{name}.before", f"{name}.after"}
    return sorted(found)


def _in(path: Path, rooms: tuple[str, ...]) -> bool:
    return str(path.relative_to(ROOT)).startswith(rooms)
