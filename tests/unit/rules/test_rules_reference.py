"""docs/reference/rules.md: its codes, keys and words are those of the code, and its example loads."""

import re
from pathlib import Path

from agents.decisions.rules.words import WORDS
from agents.rulebook import conditions, document
from agents.rulebook.book import open_rulebook
from agents.rulebook.cases import run_tests
from agents.rulebook.codes import Code
from agents.rulebook.lint import lint
from agents.rulebook.overrides import LIMITS, TIMING

PAGE = (Path(__file__).parent.parent.parent.parent / "docs" / "reference" / "rules.md").read_text(encoding="utf-8")


def test_each_code_has_a_cause_and_a_remedy_and_no_other_is_named():
    entries = re.findall(r"^\| (CS-R\d{3}) \| (.+?) \| (.+?) \|$", PAGE, re.MULTILINE)
    assert [code for code, _, _ in entries] == sorted(str(code) for code in Code)
    assert set(re.findall(r"CS-R\d{3}", PAGE)) == {str(code) for code in Code}


def test_each_key_matcher_and_condition_is_named():
    rows = "\n".join(line for line in PAGE.splitlines() if line.startswith("|"))
    for word in (*document.KEYS, *WORDS, *conditions.KEYS, *TIMING, *LIMITS):
        assert f"`{word}" in rows or f"`{{{word}:" in rows, word


def test_the_examples_load_and_pass_their_tests(tmp_path):
    examples = re.findall(r"```yaml\n(id: .+?)```", PAGE, re.DOTALL)
    file = tmp_path / "example.yaml"
    file.write_text("---\n".join(examples))
    book = open_rulebook([file])
    assert not book.faults
    assert len(book.own) == len(examples) == 2
    assert lint(book.own, book.drafts) == []
    assert all(one.passed for one in run_tests(book.ruleset.rules, book.tests))
