"""Each rule of the pack ends in a link to the section of the runbook that belongs to it."""

import re
from pathlib import Path

import pytest

from agents.rulebook.book import open_rulebook

ROOT = Path(__file__).parent.parent.parent.parent
RULES = open_rulebook([]).ruleset.rules
LINK = re.compile(r" See docs/runbooks/([a-z0-9-]+)\.md#([a-z0-9-]+)$")
STEPS = ("**Look at** ", "**First** ", "**Then** ")


def anchor(heading):
    """As GitHub makes it of a heading."""
    return re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")


def sections(page):
    """Anchor and text of each section."""
    parts = re.split(r"^##+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(map(anchor, parts[1::2]), parts[2::2], strict=True))


PAGES = {page.stem: sections(page) for page in (ROOT / "docs" / "runbooks").glob("*.md")}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_each_rule_says_what_to_do_and_links_a_section_that_is_there(rule):
    found = LINK.search(rule.runbook)
    assert found, f"{rule.id} ends in no link"
    page, section = found.groups()
    assert section in PAGES[page]
    assert len(rule.runbook[: found.start()]) > 20


def test_each_section_is_linked_and_says_what_to_look_at_and_do_first():
    linked = {found.groups() for rule in RULES if (found := LINK.search(rule.runbook))}
    for page, found in PAGES.items():
        for section, text in found.items():
            if page != "README" and section != "daily-work":
                assert all(step in text for step in STEPS), (page, section)
            assert page == "README" or (page, section) in linked, (page, section)


def test_links_between_the_pages_lead_somewhere():
    for path in (ROOT / "docs" / "runbooks").glob("*.md"):
        for page, section in re.findall(
            r"\]\(([A-Za-z-]+)\.md(?:#([a-z0-9-]+))?\)", path.read_text(encoding="utf-8")
        ):
            assert page in PAGES
            assert not section or section in PAGES[page], (path.name, section)
