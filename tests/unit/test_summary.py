"""Summaries: what people see of a call, in 500 bytes, whatever the record holds."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.decisions.summary import MAX_AGENT, MAX_BYTES, _tool_in, outcome_of, summarise, target_of, tool_of
from streams.records.call import Outcome
from tests.support.cloudtrail import call
from tests.support.examples import examples

FIELDS = ("eventSource", "eventName", "awsRegion", "sourceIPAddress", "userAgent", "errorCode", "eventID")
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=80).map(lambda text: text * 9)
values = st.one_of(
    words, st.none(), st.integers(), st.booleans(), st.floats(), st.lists(st.integers(), max_size=2)
)


def summary_of(fields):
    return summarise(fields, fingerprint=b"f" * 32, rule="r", risk=9, account="1" * 12, received_ms=1 << 45)


@settings(max_examples=examples(300))
@given(st.fixed_dictionaries({}, optional=dict.fromkeys((*FIELDS, "requestParameters"), values)), words)
def test_no_record_makes_a_summary_of_more_than_500_bytes(fields, rule):
    made = summarise(fields, fingerprint=b"f" * 32, rule=rule, risk=9, account=rule, received_ms=1 << 45)
    assert len(msgspec.msgpack.encode(made)) <= MAX_BYTES


@pytest.mark.parametrize("letter", ["x", "é", "中", "💥"])
def test_texts_as_long_as_can_be_are_cut_and_the_names_stay(letter):
    fields = dict.fromkeys(FIELDS, letter * 500) | {"requestParameters": {"userName": letter * 500}}
    made = summarise(
        fields, fingerprint=b"f" * 32, rule=letter * 500, risk=9, account=letter * 500, received_ms=1 << 45
    )
    assert len(msgspec.msgpack.encode(made)) <= MAX_BYTES
    assert all(text and set(text) == {letter} for text in (made.event_source, made.event_name, made.rule))


def test_an_ordinary_call_is_shown_in_full():
    made = summary_of(call())
    assert (made.event_source, made.event_name, made.source) == ("iam.amazonaws.com", "CreateUser", "192.0.2.7")
    assert (made.target, made.tool, made.region) == ("grace", "aws-cli 2.15", "us-east-1")
    assert made.outcome is Outcome.OK


def test_texts_are_one_line_without_control_blanks():
    assert summary_of(call(errorCode=" a\n\tb  c ")).error == "a b c"


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({}, Outcome.OK),
        ({"errorCode": "200"}, Outcome.OK),
        ({"errorCode": ""}, Outcome.OK),
        ({"errorCode": "AccessDenied"}, Outcome.DENIED),
        ({"errorCode": "Client.UnauthorizedOperation"}, Outcome.DENIED),
        ({"errorCode": "Client.DryRunOperation"}, Outcome.DRY_RUN),
        ({"errorCode": "NoSuchEntityException"}, Outcome.FAILED),
        ({"responseElements": {"ConsoleLogin": "Failure"}}, Outcome.FAILED),
        ({"responseElements": {"ConsoleLogin": "Success"}}, Outcome.OK),
    ],
)
def test_how_the_call_went(fields, outcome):
    assert outcome_of(fields) is outcome


@pytest.mark.parametrize(
    ("agent", "tool"),
    [
        (None, ""),
        ("APN/1.0 HashiCorp/1.0 Terraform/1.11.0 (+https://www.terraform.io)", "Terraform 1.11.0"),
        ("Mozilla/5.0 (X11; Linux x86_64)", "a browser"),
        ("mytool/7 (x)", "mytool 7"),
        (f"{'x/1 ' * 200}Terraform/1.2", "Terraform 1.2"),
    ],
)
def test_which_tool_made_the_call(agent, tool):
    assert tool_of(agent) == tool


@pytest.mark.parametrize(
    ("parameters", "target"),
    [
        (None, ""),
        ("text", ""),
        ({}, ""),
        ({"userName": "grace", "policyArn": "arn:aws:iam::aws:policy/Admin"}, "grace, Admin"),
        ({"odd": 1, "flag": True, "deep": {}}, "odd 1, flag True"),
    ],
)
def test_what_the_call_acted_on(parameters, target):
    assert target_of(parameters) == target


def test_only_user_agents_of_a_usual_length_are_remembered():
    tool_of("usual/1")
    known = _tool_in.cache_info()
    tool_of(f"unusual/{'1' * MAX_AGENT}")
    tool_of("usual/1")
    assert _tool_in.cache_info() == known._replace(hits=known.hits + 1)
