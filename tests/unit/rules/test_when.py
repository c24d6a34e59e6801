"""Conditions of our own: age, parameters, accounts and the caller."""

import pytest

from agents.decisions.rules import CallContext, RuleSet
from agents.decisions.rules.reading import HIDDEN
from agents.decisions.rules.when import ActorCondition, When
from agents.rulebook.conditions import read_when
from agents.rulebook.page import Page
from streams.records.actor import Actor, ActorKind, Confidence
from streams.settings.located import Located
from tests.support.rules import rule


def outcome(when, parameters=None, *, age_ms=None, actor=None, account="111122223333"):
    """fires, capped, or silent; the conditions are read as a rules file has them."""
    page = Page(Located("rules.yaml", {"when": when}, {}, {}))
    read = read_when(page)
    assert not page.faults, page.faults
    rules = RuleSet([rule({"eventName": ["x"]}, when=read)], "v")
    record = {"eventName": "x", "requestParameters": parameters, "recipientAccountId": account}
    found = rules.matching(record, CallContext(age_ms, actor))
    assert rules.may_match(record)
    return ("capped" if found[0].capped else "fires") if found else "silent"


ADA = Actor(ActorKind.PERSON, "ada", None, Confidence.HIGH, "")
ROBOT = Actor(ActorKind.WORKLOAD, None, "ci", Confidence.NONE, "")


@pytest.mark.parametrize(
    ("when", "parameters", "expected"),
    [
        ({"parameter_count": {"min": 2}}, {"a": 1, "b": 2}, "fires"),
        ({"parameter_count": {"min": 2}}, {"a": 1}, "silent"),
        ({"parameter_count": {"max": 0}}, None, "fires"),
        ({"parameters": {"a.b": {"type": "string"}}}, {"a": {"b": "x"}}, "fires"),
        ({"parameters": {"a.b": {"type": "string"}}}, {"a": "x"}, "silent"),
        ({"parameters": {"a": {"type": "missing"}}}, {"b": 1}, "fires"),
        ({"parameters": {"a": {"type": "missing"}}}, {"a": None}, "silent"),
        ({"parameters": {"a": {"type": "null"}}}, {"a": None}, "fires"),
        ({"parameters": {"a": {"type": "number"}}}, {"a": True}, "silent"),
        ({"parameters": {"a": {"type": "object"}}}, {"a": {}}, "fires"),
        ({"parameters": {"a": {"type": "list"}}}, {"a": []}, "fires"),
        ({"parameters": {"a": {"regex": "^prod-"}}}, {"a": "prod-1"}, "fires"),
        ({"parameters": {"a": {"regex": "^prod-"}}}, {"a": ["test-1", "prod-1"]}, "fires"),
        ({"parameters": {"a": {"regex": "^prod-"}}}, {"a": "test-1"}, "silent"),
        ({"parameters": {"a": {"regex": "^prod-"}}}, {"a": 1}, "silent"),
        ({"parameters": {"a": {"regex": "^prod-"}}}, {"a": "x" * 5000}, "fires"),
        ({"parameters": {"a": {"regex": "^prod-"}}}, {"a": HIDDEN}, "capped"),
        ({"parameters": {"a": {"regex": "^prod-"}}}, {"omitted": True}, "capped"),
        ({"other_account": ["key"]}, {"key": "arn:aws:kms:x:444455556666:key/1"}, "fires"),
        ({"other_account": ["key"]}, {"key": "arn:aws:kms:x:111122223333:key/1"}, "silent"),
        ({"other_account": ["ids"]}, {"ids": ["111122223333", "444455556666"]}, "fires"),
        ({"other_account": ["ids"]}, {"ids": ["all"]}, "silent"),
        ({"other_account": ["ids"]}, {"ids": HIDDEN}, "capped"),
    ],
)
def test_conditions_on_parameters(when, parameters, expected):
    assert outcome(when, parameters) == expected


@pytest.mark.parametrize(
    ("span", "age_ms", "expected"),
    [
        ({"max": 60}, 60_000, "fires"),
        ({"max": 60}, 60_001, "silent"),
        ({"min": 60}, 59_999, "silent"),
        ({"min": 60}, None, "fires"),
    ],
)
def test_conditions_on_age(span, age_ms, expected):
    assert outcome({"age_s": span}, {}, age_ms=age_ms) == expected


@pytest.mark.parametrize(
    ("wanted", "actor", "expected"),
    [
        ({"kind": "person"}, ADA, "fires"),
        ({"kind": ["workload", "unknown"]}, ADA, "silent"),
        ({"kind": ["workload", "unknown"]}, ROBOT, "fires"),
        ({"confidence": ["low", "none"]}, ROBOT, "fires"),
        ({"confidence": ["low", "none"]}, ADA, "silent"),
        ({"person": "ada"}, ADA, "fires"),
        ({"person": ["grace"]}, ADA, "silent"),
        ({"person": ["grace"]}, None, "fires"),
    ],
)
def test_conditions_on_the_caller(wanted, actor, expected):
    assert outcome({"actor": wanted}, {}, actor=actor) == expected


NOBODY = Actor(ActorKind.UNKNOWN, None, "x", Confidence.LOW, "")
SERVICE = Actor(ActorKind.SERVICE, None, "x", Confidence.NONE, "")


@pytest.mark.parametrize(
    ("fields", "actor", "expected"),
    [
        ({"sessionCredentialFromConsole": "true"}, NOBODY, True),
        ({"sessionCredentialFromConsole": True}, ROBOT, True),
        ({"sessionCredentialFromConsole": "false"}, NOBODY, False),
        ({"userIdentity": {"type": "IAMUser"}}, NOBODY, True),
        ({"userIdentity": {"type": "AssumedRole"}}, NOBODY, False),
        ({"userIdentity": {"type": ["IAMUser"]}}, NOBODY, False),
        ({"userIdentity": "IAMUser"}, ROBOT, False),
        ({"sessionCredentialFromConsole": "true"}, SERVICE, True),
        ({"sessionCredentialFromConsole": "true", "userIdentity": {"invokedBy": "x"}}, SERVICE, False),
        ({"userIdentity": {"type": "AWSService"}}, SERVICE, False),
        ({"userIdentity": {"type": "AssumedRole"}}, ADA, True),
    ],
)
def test_whoever_is_at_the_console_or_has_a_users_key_is_a_person(fields, actor, expected):
    people = RuleSet([rule({"eventName": ["x"]}, when=When(actor=ActorCondition(kind={ActorKind.PERSON})))], "v")
    assert bool(people.matching({"eventName": "x"} | fields, CallContext(actor=actor))) is expected
    programs = When(actor=ActorCondition(kind={ActorKind.WORKLOAD, ActorKind.UNKNOWN}))
    others = RuleSet([rule({"eventName": ["x"]}, when=programs)], "v")
    assert bool(others.matching({"eventName": "x"} | fields, CallContext(actor=actor))) is (
        actor in (NOBODY, ROBOT)
    )
