"""Our matcher against AWS's own: the same pattern and event, the same answer; what AWS refuses, we refuse."""

import json
import re
from functools import cache

import msgspec
import pytest
from moto.events.models import EventPattern

from agents.decisions.rules.pattern import parse_pattern
from agents.decisions.rules.reading import Readings, fulfils
from tests.support.documented import PAIRS
from tests.support.event_ruler.broken import Broken
from tests.support.event_ruler.oracle import asked
from tests.support.event_ruler.pairs import Pairs

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(300)]

SEED = 20_260_102
JUDGED = 20_000
REFUSED = "refused"

STRICTER = (
    ("unknown matcher", "exactly"),
    ("EventBridge compares numbers from -5.0e9 to 5.0e9 only", ""),
    ("is no network: after the slash", "/+8"),
)
"""What we refuse though Event Ruler does not: a word that AWS documents nowhere, numbers beyond the documented
bounds, and a plus before the bits of a network; what our message says, and a text of the pattern."""


MOTO_ERRS = re.compile(r"\\u|cidr|true|false|\d[.:]\d|::")
"""What moto's matcher does not read as AWS does: letters beyond ASCII, addresses, and booleans, which it takes
for 0 and 1. Lists of objects and empty objects in an event are the others."""


@cache
def made() -> list:
    """The pairs: each pattern, and its event as JSON."""
    source = Pairs(SEED)
    return [(pattern, json.dumps(event)) for pattern, event in (source.pair() for _ in range(JUDGED + 500))]


def ours(pattern, event: str) -> str:
    parsed = parse_pattern(pattern)
    if parsed.mistakes:
        return REFUSED
    return str(fulfils(Readings(msgspec.json.decode(event)).exact, parsed.branches)).lower()


def theirs(pairs) -> list[str]:
    return [answer.partition(":")[0] for answer in asked(pairs)]


def alone(pattern):
    """The pattern as several of one alternative a field; by the language's own words one of them must hold."""
    found = [{}]
    for name, wanted in pattern.items():
        if name == "$or":
            choices = [one for choice in wanted for one in alone(choice)]
        else:
            listed = alone(wanted) if isinstance(wanted, dict) else [[item] for item in wanted]
            choices = [{name: one} for one in listed]
        found = [together(one, choice) for one in found for choice in choices]
    return found


def together(one, other):
    both = {name: together(one[name], value) for name, value in other.items() if name in one}
    return one | other | both


def test_twenty_thousand_pairs_are_answered_as_event_ruler_answers_them():
    """Where the two differ, Event Ruler is asked about each alternative alone: it mixes some up in one list."""
    pairs = made()
    answers = theirs([(json.dumps(pattern), event) for pattern, event in pairs])
    mine = [ours(*pair) for pair in pairs]
    assert sum(answer != REFUSED for answer in answers) >= JUDGED
    assert min(mine.count("true"), mine.count("false")) >= JUDGED / 8
    different = [
        (pair, own, answer) for pair, own, answer in zip(pairs, mine, answers, strict=True) if own != answer
    ]
    apart = by_parts([pair for pair, _, _ in different])
    assert [case for case, answer in zip(different, apart, strict=True) if case[1] != answer] == []
    assert len(different) <= JUDGED / 1_000, "Event Ruler contradicts itself more often than it used to"


def by_parts(pairs) -> list[str]:
    parts = [[(json.dumps(one), event) for one in alone(pattern)] for pattern, event in pairs]
    answers = iter(theirs([pair for listed in parts for pair in listed]))
    found = [{next(answers) for _ in listed} for listed in parts]
    return ["true" if "true" in one else REFUSED if REFUSED in one else "false" for one in found]


def test_the_documented_examples_are_answered_as_they_are_documented():
    answers = theirs([(json.dumps(pattern), json.dumps(event)) for pattern, event, _ in PAIRS])
    assert answers == [str(expected).lower() for _, _, expected in PAIRS]


def test_moto_answers_alike_where_it_is_right():
    compared = 0
    for pattern, event in made():
        text = json.dumps(pattern)
        own = ours(pattern, event)
        if own == REFUSED or MOTO_ERRS.search(text + event) or "[" in event or "{}" in event:
            continue
        compared += 1
        assert own == str(EventPattern.load(text).matches_event(json.loads(event))).lower(), (pattern, event)
    assert compared > 400


def test_whatever_event_ruler_refuses_is_refused():
    source = Broken(SEED)
    patterns = [source.pattern() for _ in range(8_000)]
    answers = theirs([(json.dumps(pattern), "{}") for pattern in patterns])
    mistakes = [parse_pattern(pattern).mistakes for pattern in patterns]
    assert answers.count(REFUSED) > 1_000
    assert len(answers) - answers.count(REFUSED) > 500
    assert [
        pattern
        for pattern, answer, found in zip(patterns, answers, mistakes, strict=True)
        if answer == REFUSED and not found
    ] == []
    assert [
        (pattern, found)
        for pattern, answer, found in zip(patterns, answers, mistakes, strict=True)
        if answer != REFUSED and found and not _stricter(pattern, found)
    ] == []


def _stricter(pattern, mistakes) -> bool:
    return all(
        any(said in mistake.message and text in json.dumps(pattern) for said, text in STRICTER)
        for mistake in mistakes
    )
