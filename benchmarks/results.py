"""Results: where a benchmark writes what it measured, for machines (JSON) and for people (markdown)."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "results"
GB = 1 << 30


def machine() -> dict[str, Any]:
    """What the numbers were measured on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cpus": os.cpu_count(),
        "memory_gb": round(memory / GB),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def write(name: str, result: Mapping[str, Any], markdown: Sequence[str], folder: Path = FOLDER) -> None:
    """Write NAME.json and NAME.md."""
    folder.mkdir(parents=True, exist_ok=True)
    at = datetime.now(UTC).strftime("%Y-%m-%d")
    whole = {"benchmark": name, "at": at, "machine": machine(), **result}
    (folder / f"{name}.json").write_text(json.dumps(whole, indent=1) + "\n")
    about = machine()
    place = f"{about['cpus']} CPUs, {about['memory_gb']} GB, {about['system']}, Python {about['python']}"
    (folder / f"{name}.md").write_text("\n".join([*markdown, "", f"Measured {at} on {place}.", ""]))


def table(rows: Sequence[tuple[str, Any]]) -> list[str]:
    """Two columns of markdown."""
    return ["| what | measured |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)]
