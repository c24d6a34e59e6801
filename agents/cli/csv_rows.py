"""CSV rows: exports that a spreadsheet reads as text and never as formulas."""

import csv
from collections.abc import Iterable, Mapping
from typing import Any, TextIO

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_csv(out: TextIO, rows: Iterable[Mapping[str, Any]], columns: list[str]) -> None:
    """Write the columns of each row under a line of headings; a cell that looks like a formula gets a quote."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([guarded(row.get(column)) for column in columns])


def guarded(value: Any) -> str:
    """The text of a cell; source: OWASP, CSV Injection."""
    if value is None:
        return ""
    text = " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
