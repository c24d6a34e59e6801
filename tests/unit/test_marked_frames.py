"""Frames with marks: most records are read by their heads alone, and come to what reading them whole comes to."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from agents.decisions.judge import Policy
from agents.decisions.rules import RuleSet
from agents.decisions.rules.reading import HIDDEN
from agents.decisions.tally import Tallies
from agents.decisions.triage import Sorting, sort_frame, wanted_of
from agents.rulebook.book import load_rules
from streams.records.call import CallFrame, FramedCall
from streams.records.call_frame import call_message, frame_bytes
from streams.records.head import head_of
from tables.seen import SeenTable
from tables.tallies import TallyShelf
from tests.support.cases import T0
from tests.support.examples import examples
from tests.support.flow import LIVE, policy
from tests.support.frames import marked, tampered
from tests.support.rules import rule
from tests.support.sessions import A, B, assume, elsewhere, made, session, user
from tests.support.triage_run import TriageRun
from tests.support.worker import Changelog

ADA = user("ada")
RULES = {
    "pack": load_rules([]),
    "by a session": RuleSet([rule({"userIdentity": {"arn": [{"wildcard": "*/deploy/*"}]}})], "v"),
    "on failures": RuleSet([rule({"errorCode": [{"suffix": "Denied"}], "requestParameters": {"a": ["x"]}})], "v"),
    "on parameters": RuleSet(
        [
            rule({"eventName": ["CreateUser"], "requestParameters": {"a": ["x"]}}, rule_id="r1"),
            rule({"eventName": ["ListUsers"]}, unless=[{"requestParameters": {"a": ["y"]}}], rule_id="r2"),
        ],
        "v",
    ),
    "none": RuleSet([], "v"),
}
RECORDS = [
    made(1, ADA, eventName="ListUsers"),
    made(2, ADA),
    made(3, session("ASIA0", "deploy", "x")),
    made(4, ADA, eventName="ListUsers", errorCode="AccessDenied"),
    made(5, ADA, eventName="ListUsers", errorCode=["AccessDenied"]),
    made(6, {"type": "Root", "accountId": A}, eventName="ListUsers"),
    made(7, ADA, eventName="ListUsers", sharedEventID="shared-7"),
    made(8, elsewhere(ADA), recipientAccountId=B, sharedEventID="shared-7"),
    made(9, ADA, eventName="ListUsers", userIdentity=[]),
    made(10, ADA, eventName="ListUsers", userIdentity={"omitted": True}),
    made(11, ADA, eventName=None),
    made(16, ADA, requestParameters={"a": HIDDEN}),
    made(17, ADA, requestParameters={"omitted": True, "reason": "too large"}),
    made(18, ADA, eventName="ListUsers", errorCode="AccessDenied", requestParameters={"a": HIDDEN}),
    made(12, ADA, **{"eventName": "ListUsers", "userIdentity.type": "Root"}),
    assume(13, ADA, "ASIA1", "deploy", "x"),
    assume(14, session("ASIA1", "deploy", "x"), "ASIA2", "audit", "y"),
    assume(15, ADA, "ASIA3", "deploy", "x") | {"responseElements": None},
]


def framed(records) -> CallFrame:
    """The frame of an older bridge: without marks."""
    calls = [FramedCall(0, f"m{number}", T0, None, json.dumps(one).encode()) for number, one in enumerate(records)]
    return CallFrame("v1", [LIVE], calls)


def sort(frame: CallFrame, ruled: Policy) -> tuple[Sorting, Sorting, dict]:
    """What becomes of it, of the same frame a second time, and what rules counted."""
    table = SeenTable(Changelog())
    tallies = Tallies(TallyShelf(lambda _key: None, {}))
    found = sort_frame(frame, 5, table.shelf(0), ruled, lambda _key: None, T0, tallies)
    table.remember(0, 5, T0, "v1", found.fresh, found.waiting)
    again = sort_frame(frame, 5, table.shelf(0), ruled, lambda _key: None, T0, tallies)
    return found, again, tallies.changed


def told(sorting: Sorting):
    """All of it but the calls as they came, of which one has a mark and the other none."""
    broken = [(bytes(one.call.record), one.fault) for one in sorting.broken]
    return sorting._replace(waiting={}, broken=[]), sorted(sorting.waiting), broken


@settings(max_examples=examples(100))
@given(st.lists(st.sampled_from(RECORDS), max_size=6), st.sampled_from(sorted(RULES)))
def test_a_record_with_a_mark_comes_to_what_it_comes_to_when_it_is_read_whole(records, rules):
    ruled = policy()._replace(rules=RULES[rules], feeds=frozenset({A, B}))
    whole = framed(records)
    chosen = call_message(frame_bytes(marked(whole)), wanted_of(ruled))
    assert chosen.left_out + len(chosen.calls) == len(records)
    for frame in (marked(whole), chosen):
        for (found, counted), (wanted, wanted_count) in zip(
            _sorted(frame, ruled), _sorted(whole, ruled), strict=True
        ):
            assert told(found) == told(wanted)
            assert counted == wanted_count


def _sorted(frame, ruled):
    found, again, counted = sort(frame, ruled)
    return [(found, counted), (again, counted)]


def test_what_no_rule_can_want_is_not_decoded():
    """Nor looked at beyond its head: the mark says that it could be."""
    quiet = framed([RECORDS[0]]).calls[0]
    beyond = quiet.record.replace(b'"ListUsers"', b'"ListUsers", "more": "\xff"')
    call = replace(quiet, record=beyond, mark=b"m" * 32, head=0)
    heads = [head_of(RECORDS[0])]
    found, _, _ = sort(CallFrame("v1", [LIVE], [call], heads), policy())
    assert (found.unwanted, found.broken) == (1, [])
    found, _, _ = sort(CallFrame("v1", [LIVE], [replace(call, mark=None)], heads), policy())
    assert (found.unwanted, len(found.broken)) == (0, 1)


def test_what_was_decided_here_is_told_again_though_no_rule_wants_it_any_more():
    """Its head is quiet by the rules of today; its first telling may never have been sent."""
    table, frame, ruled = SeenTable(Changelog()), marked(framed(RECORDS)), policy()._replace(rules=RULES["pack"])
    first = sort_frame(frame, 5, table.shelf(0), ruled, None, T0)
    table.remember(0, 5, T0, "v1", first.fresh, first.waiting)
    again = sort_frame(frame, 5, table.shelf(0), ruled._replace(rules=RULES["none"]), None, T0)
    kept = [one for one in first.calls if one.command is not None]
    assert kept
    assert again.calls == kept


def test_a_worker_that_dies_tells_again_by_other_rules_what_it_had_decided():
    run = TriageRun(policy()._replace(rules=RULES["pack"]))
    run.calls([made(1, ADA, eventName="CreateUser")])
    run.one(sends=0)
    assert not run.told
    run.policy = run.policy._replace(rules=RULES["none"])
    run.handle()
    ((told,),) = run.told.values()
    assert told[0] == "notify"


def test_a_value_that_is_held_back_counts_as_fulfilled_in_triage_too():
    ruled = policy()._replace(rules=RULES["on parameters"])
    for parameters in ({"a": HIDDEN}, {"omitted": True}, None):
        one = made(1, ADA, eventName="CreateUser", requestParameters=parameters)
        found, _, _ = sort(marked(framed([one])), ruled)
        assert [sorted_.verdict.rules for sorted_ in found.calls] == [["r1"]], parameters
    other = made(1, ADA, eventName="CreateUser", requestParameters={"a": "z"})
    assert sort(marked(framed([other])), ruled)[0].calls == []


def test_a_quiet_call_that_is_spoilt_keeps_no_other_from_being_told_even_if_the_worker_dies():
    for dies in (False, True):
        run = TriageRun(policy()._replace(rules=RULES["pack"]))
        quiet = made(2, ADA, eventSource="s3.amazonaws.com", eventName="GetBucketLocation")
        records = [made(1, ADA, eventName="CreateUser"), quiet]
        run.calls(records)
        run.log[0] = run.log[0]._replace(value=tampered(run.log[0].value, b"\xa2m1", b"\xa2\xff1"))
        if dies:
            run.one(sends=0)
        run.handle()
        assert len(run.told) == 1
        assert run.letters == set()


def test_a_damaged_frame_pages_for_what_it_may_have_held():
    run = TriageRun(policy()._replace(rules=load_rules([])))
    run.calls([made(1, ADA, eventSource="cloudtrail.amazonaws.com", eventName="StopLogging")])
    value = bytearray(run.log[0].value)
    value[-1] ^= 1
    run.log[0] = run.log[0]._replace(value=bytes(value))
    run.handle()
    (letter,) = run.letters
    assert letter == "calls:0:0"
    assert {one.rpartition(" ")[0].rpartition(" ")[2] for one in run.incidents} == {
        "cloudtrail.amazonaws.com:StopLogging",
        "?:?",
    }
