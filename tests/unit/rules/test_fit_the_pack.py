"""docs/how-to/fit-the-pack.md: its rules load beside the pack, pass their tests, and name rules that are there."""

import re
from pathlib import Path

from agents.rulebook.book import open_rulebook
from agents.rulebook.cases import run_tests

PAGE = (Path(__file__).parents[3] / "docs" / "how-to" / "fit-the-pack.md").read_text(encoding="utf-8")


def test_the_examples_load_beside_the_pack_and_pass_their_tests(tmp_path):
    examples = re.findall(r"```yaml\n(id: .+?)```", PAGE, re.DOTALL)
    assert len(examples) == 3
    (tmp_path / "team.yaml").write_text("---\n".join(examples), encoding="utf-8")
    book = open_rulebook([tmp_path])
    assert not book.faults
    assert not [str(one.fault()) for one in run_tests(book.ruleset.rules, book.tests) if not one.passed]


def test_the_rules_of_the_pack_that_it_names_are_there():
    known = {rule.id for rule in open_rulebook([]).ruleset.rules}
    named = set(re.findall(r"countersign\.[a-z0-9-]+\.[a-z0-9-]+", PAGE))
    assert len(named) > 3
    assert named <= known


def test_the_waits_that_it_tells_are_those_of_the_pack():
    rules = [rule.timing for rule in open_rulebook([]).ruleset.rules if rule.timing]
    told = re.findall(r"^\| (\d+) \| (\d+) \| ", PAGE, re.MULTILINE)
    assert {(f"{one['group_wait_s']}", f"{one['group_interval_s']}") for one in rules} == set(told)
