"""Trail: puts CloudTrail log files into the feed's folder, as CloudTrail puts them into a bucket."""

import gzip
import json
import os
from datetime import UTC, datetime
from pathlib import Path

from agents.demo.records import Record

SETTLED_S = 60


class Trail:
    """The feed's folder. A file appears at once and whole: it is written beside, then renamed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = 0

    def deliver(self, records: list[Record], now_ms: int) -> list[Path]:
        """One gzip log file for each account among the records."""
        by_account: dict[str, list[Record]] = {}
        for record in records:
            by_account.setdefault(record["recipientAccountId"], []).append(record)
        return [self._write(account, group, now_ms) for account, group in by_account.items()]

    def _write(self, account: str, records: list[Record], now_ms: int) -> Path:
        self._files += 1
        at = datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%Y%m%dT%H%MZ")
        path = self._folder / f"{account}_CloudTrail_eu-west-1_{at}_{self._files:06d}.json.gz"
        # A dot file with another ending: no feed takes it for a log file before it is whole.
        beside = self._folder / f".{path.name}.part"
        beside.write_bytes(gzip.compress(json.dumps({"Records": records}).encode(), mtime=0))
        # A feed takes a file at once when nobody has written to it lately; this one is whole already.
        os.utime(beside, (now_ms / 1000 - SETTLED_S,) * 2)
        beside.rename(path)
        return path
