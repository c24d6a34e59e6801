"""Public data sets against the default pack; skipped where the data is not at hand."""

import json
from collections import defaultdict

import pytest

from agents.decisions.rules import CallContext
from agents.rulebook.book import load_rules
from agents.rulebook.files import pack_files
from benchmarks.scenarios.recall import ASKED, expectations, pairs, scored
from tests.support.rules import SHARED

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the public data sets are not beside the checkout")

RULES = load_rules([])

TEAM_KNOWS = {"AWS.UnusedRegion: Unauthorized region"}
"""What no single record tells: which regions a company uses. A rule of the team's own says it, see below."""

REGIONS = """
id: team.region.unused
title: Something made in a region that we do not use
action: notify
match: {awsRegion: [{anything-but: [us-west-2]}], readOnly: [false, "false"]}
because: nobody looks there
tests:
  - {name: made elsewhere, event: {awsRegion: ap-east-1, readOnly: false}, expect: notify}
  - {name: made at home, event: {awsRegion: us-west-2, readOnly: false}, expect: none}
"""


def lines(name):
    return [json.loads(line) for line in (SHARED / name).read_text(encoding="utf-8").splitlines()]


def action(record, rules=RULES):
    found = rules.matching(record, CallContext())
    assert rules.may_match(record) or not found
    return str(found[0].action) if found else "none"


@pytest.fixture(scope="module")
def judged():
    return list(expectations(SHARED))


def test_every_event_of_fivexl_is_reported():
    silent = [
        one["test_event_name"] for one in lines("fivexl_named_events.jsonl") if action(one["event"]) not in ASKED
    ]
    assert not silent


def test_each_technique_of_stratus_is_reported():
    actions = defaultdict(set)
    for one in lines("stratus_detonations.jsonl"):
        actions[one["technique"]].add(action(one["event"]))
    assert not [technique for technique, found in actions.items() if not found & ASKED]


def test_whatever_is_serious_is_asked_about_or_paged(judged):
    serious = [one for one in judged if one.expected and one.severity in {"High", "Critical"}]
    assert len(serious) > 10
    assert {one.name for one in serious if one.rule not in ASKED} == TEAM_KNOWS


def test_what_only_a_team_knows_is_a_rule_of_six_lines(tmp_path):
    (tmp_path / "regions.yaml").write_text(REGIONS, encoding="utf-8")
    rules = load_rules([tmp_path])
    for one in lines("panther_expectations.jsonl"):
        if one["rule"] == "AWS.UnusedRegion":
            assert (action(one["event"], rules) in ASKED) is one["expected"], one["test"]


def test_nobody_is_woken_for_what_is_expected_to_be_quiet(judged):
    quiet = [one for one in judged if not one.expected]
    assert len(quiet) > 50
    assert not [one.name for one in quiet if one.rule == "alert"]


def test_it_finds_more_and_cries_wolf_less_than_the_names_of_all_other_packs(judged):
    scores = scored(judged)
    assert scores["rules"].better_than(scores["baseline"]), scores
    assert scores["kept"].better_than(scores["baseline"]), scores
    assert scores["asked"].false <= scores["baseline"].false / 2


def test_every_event_that_two_packs_name_has_a_deliberate_action():
    named = pairs(SHARED, at_least=2)
    assert len(named) > 150
    assert not [pair for pair in named if RULES.named(*pair) is None]


def test_no_rule_names_a_value_of_these_records():
    """The pack knows AWS's own words only: no account, key or name of the data sets."""
    text = "\n".join(file.path.read_text(encoding="utf-8") for file in pack_files())
    for word in ("123456789012", "fivexl", "stratus", "panther", "sample-", "arn:aws:iam::9"):
        assert word not in text.lower()
