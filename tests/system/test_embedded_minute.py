"""The embedded benchmark itself, for a few seconds: it runs, judges its run, and writes what it measured."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.system
@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize("feed", ["sqs", "files"])
def test_a_few_seconds_lose_and_double_nothing(tmp_path: Path, feed: str):
    options = ["--seconds", "8", "--per-s", "50", "--feed", feed, "--results", str(tmp_path)]
    command = [sys.executable, "-m", "benchmarks.scenarios.embedded_minute", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=150, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads((tmp_path / f"embedded_minute_{feed}.json").read_text())
    assert result["findings"] == []
    assert result["records"] == 400
    assert result["pages"] > 0
    assert result["latency_ms"]["received_to_page"]["max"] < 30_000
    assert result["child_mb"]["max"] > 0
    assert "# One minute on the embedded log" in (tmp_path / f"embedded_minute_{feed}.md").read_text()
