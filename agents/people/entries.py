"""Entries: a proposal as YAML to paste into a people file, after somebody has read it."""

import json
from collections.abc import Iterable

from agents.people.proposal import Entry


def yaml_of(entries: Iterable[Entry]) -> str:
    """The entries under `people:`; every text is in quotes, so that none is read as a number or a date."""
    lines = ["people:"]
    for entry in entries:
        lines.append(f"  - id: {_text(entry.id)}")
        if entry.name is not None:
            lines.append(f"    name: {_text(entry.name)}")
        for key, values in entry.claims.items():
            listed = ", ".join(map(_text, values))
            lines.append(f"    slack: {listed}" if key == "slack" else f"    aws: {{{key}: [{listed}]}}")
    return "\n".join([*lines, ""]) if len(lines) > 1 else "people: []\n"


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
