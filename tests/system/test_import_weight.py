"""Weight: how many packages an installation brings, and what a verb imports before it is called."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
MOST_PACKAGES = 80
HEAVY = {
    "aiohttp",
    "aiokafka",
    "boto3",
    "botocore",
    "duo_client",
    "elasticsearch",
    "faust",
    "jinja2",
    "mode",
    "moto",
    "pagerduty",
    "prometheus_client",
    "slack_sdk",
    "sqlite3",
    "streams.settings.load",
    "structlog",
    "trustme",
    "yaml",
}
PROGRAM = """
import sys
sys.argv = ["countersign", *sys.argv[1:]]
from agents.cli.main import main
try:
    main()
finally:
    sys.stderr.write("\\n".join(sys.modules))
"""


def imported_by(*arguments: str) -> set[str]:
    """The modules that a call of the command line imports."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert "countersign" in done.stdout
    return set(done.stderr.split())


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_help_and_version_import_nothing_heavy(arguments: list[str]):
    assert not imported_by(*arguments) & HEAVY


@pytest.mark.parametrize("verb", ["run", "backtest", "explain", "rules"])
def test_the_help_of_a_verb_starts_no_engine_and_no_client(verb: str):
    engines = {"faust", "aiokafka", "boto3", "elasticsearch", "slack_sdk", "duo_client", "pagerduty"}
    assert not imported_by(verb, "--help") & engines


def test_the_product_needs_fewer_packages_than_its_bar():
    pinned = (ROOT / "requirements" / "product.txt").read_text()
    packages = re.findall(r"^([A-Za-z0-9._-]+)==", pinned, flags=re.MULTILINE)
    assert len(packages) == len(set(packages))
    assert 20 < len(packages) < MOST_PACKAGES


def test_every_pinned_package_has_hashes():
    pinned = (ROOT / "requirements" / "product.txt").read_text()
    blocks = re.split(r"^(?=[A-Za-z0-9._-]+==)", pinned, flags=re.MULTILINE)[1:]
    assert [block.partition(" ")[0] for block in blocks if "--hash=sha256:" not in block] == []
