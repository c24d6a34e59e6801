"""Documents: links lead somewhere, every code is explained, and nothing names the machine it was written on."""

import re
import tempfile
from pathlib import Path

import pytest

from agents.cli.verbs import VERBS
from agents.people.codes import PeopleCode
from agents.rulebook.codes import Code
from agents.texts.catalog import CODE
from streams.settings.codes import ConfigCode

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "benchmarks").glob("*.md")])
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)\s]+)\)")
FENCE = re.compile(r"^( *)```.*?^\1```", re.MULTILINE | re.DOTALL)
SOURCE = re.compile(r"`((?:agents|streams|tables|tests|docs|benchmarks)/[\w./-]+\.(?:py|md|yaml))`")
CODED = re.compile(r"CS-[A-Z]\d{3}")
METRIC = re.compile(r'(?:Counter|Gauge|Histogram)\(\s*"(countersign_\w+)"')

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def anchors(page):
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def sources():
    return [path for room in ("agents", "streams", "tables") for path in (ROOT / room).rglob("*.py")]


@pages
def test_links_lead_somewhere(page):
    broken = []
    for link in LINK.findall(FENCE.sub("", page.read_text())):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


@pages
def test_files_that_are_named_exist(page):
    assert [name for name in SOURCE.findall(page.read_text()) if not (ROOT / name).exists()] == []


@pages
def test_no_page_names_this_machine(page):
    beside = ROOT if str(ROOT.parent) == tempfile.gettempdir() else ROOT.parent  # that one any page may name
    assert f"{beside}/" not in page.read_text()


def test_every_code_is_documented_and_no_other_is():
    raised = {*map(str, ConfigCode), *map(str, Code), *map(str, PeopleCode), CODE}
    raised |= {code for path in sources() for code in CODED.findall(path.read_text())}
    documented = {
        code for page in (ROOT / "docs/reference").glob("*.md") for code in CODED.findall(page.read_text())
    }
    assert documented == raised


def test_the_readme_names_the_two_commands():
    readme = (ROOT / "README.md").read_text()
    assert "`make demo`" in readme
    assert "`make test`" in readme


def test_the_command_line_reference_names_every_verb():
    reference = (ROOT / "docs/reference/cli.md").read_text()
    assert [verb for verb in VERBS if f"| `{verb}" not in reference] == []


def test_the_metrics_reference_names_every_metric():
    reference = (ROOT / "docs/reference/metrics.md").read_text()
    metrics = {name for path in sources() for name in METRIC.findall(path.read_text())}
    assert metrics
    assert sorted(name for name in metrics if f"`{name}" not in reference) == []


def test_every_direct_dependency_has_its_reason():
    reasons = (ROOT / "docs/decisions/0002-dependencies.md").read_text()
    lines = (ROOT / "requirements/product.in").read_text().splitlines()
    direct = {re.split(r"[=<>\[]", line)[0] for line in lines if line and not line.startswith("#")}
    assert sorted(name for name in direct if name not in reasons) == []
