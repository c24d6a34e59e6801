"""Folder: everything the pipeline of the demo needs on disk, as an operator would have written it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from agents.demo.company import ACCOUNTS, PEOPLE_YAML
from streams.settings.model import TimingSettings

LOG = "countersign.db"
FEED = "trail"


class DemoFolder:
    """A folder with `countersign.toml`, `people.yaml` and the feed's `trail/`."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.config = self.path / "countersign.toml"
        self.log = self.path / LOG
        self.feed = self.path / FEED

    def lay_out(self, services: Mapping[str, Any], listen: str, timing: TimingSettings) -> None:
        """Write the files; `services` are the values that reach the stand-ins, `listen` the gateway's address."""
        self.feed.mkdir(parents=True, exist_ok=True)
        (self.path / "people.yaml").write_text(PEOPLE_YAML, encoding="utf-8")
        values: dict[str, Any] = {
            **services,
            "run": {"mode": "enforce"},
            "log": {"url": f"sqlite:///{LOG}", "partitions": 2},
            "rules": {"paths": []},  # the default pack alone
            "gateway": {"listen": listen},
            "timing": msgspec.structs.asdict(timing),
            "limits": {"prompts_per_person_hour": 1000, "pages_per_account_hour": 1000},
        }
        feed = {"kind": "files", "path": FEED, "accounts": list(ACCOUNTS)}
        single = {key: value for key, value in values.items() if not isinstance(value, dict)}
        tables = [_table(f"[{name}]", keys) for name, keys in values.items() if isinstance(keys, dict)]
        text = "\n".join([_keys(single), _table("[[feeds]]", feed), *tables])
        self.config.write_text(text, encoding="utf-8")


def _table(head: str, keys: Mapping[str, Any]) -> str:
    return f"{head}\n{_keys(keys)}"


def _keys(keys: Mapping[str, Any]) -> str:
    # A JSON string, number or list of these is the same in TOML.
    return "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())
