"""What the audit makes of what lies beside the log: secrets in any spelling, troubles, and torn writes."""

import base64
import json
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest
from msgspec.structs import replace

from agents.audit.judging import secrets_of
from agents.audit.reading import Reading
from agents.decisions.audit.journal import Journal
from agents.decisions.audit.outside import Process, Trouble
from agents.decisions.audit.paged import alerts_paged_in_time, lapsed_deadlines_page
from agents.decisions.audit.replayed import replay_gives_the_same
from agents.decisions.audit.secret_texts import SecretTexts
from agents.decisions.audit.secrets import no_secret
from agents.decisions.audit.terms import Folding, Terms
from agents.decisions.audit.undisturbed import nobody_delays_a_page, troubles
from agents.standins.exchange import Exchange
from streams.log.record import Record
from streams.records.call import CallFrame, FramedCall
from streams.records.call_frame import frame_bytes
from streams.records.case import CaseKind, CaseState
from streams.records.codec import to_entry, to_wire
from streams.records.command import PageAccepted
from streams.records.dead_letter import DeadLetter
from streams.records.seen import WaitingCall
from streams.records.waiting import waiting_bytes
from streams.settings.load import load
from streams.topics import Topic, changelog
from tables.case_shelf import CaseShelf
from tables.waits import waiting_key
from tests.support.broken_outside import CANARY, SECRETS
from tests.support.broken_runs import keep_an_older_state, with_pages
from tests.support.cases import T0, Partition, call
from tests.support.flow import HOUR_MS, LIVE, Flow, record, replies

NUMBERS = " ".join(map(str, range(1_000)))
"""So much text that what stands in it is not in the clear once it is squeezed."""
TERMS = Terms(now_ms=T0 + HOUR_MS, folding=Folding(CaseShelf), secrets=SECRETS)
SPELLINGS = [
    CANARY.encode(),
    json.dumps(CANARY).encode(),
    quote(CANARY, safe="").encode(),
    *(base64.b64encode(b"x" * before + CANARY.encode() + b"behind") for before in range(4)),
    base64.urlsafe_b64encode(b"xy" + CANARY.encode()),
    msgspec.msgpack.encode({"token": CANARY}),
]


@pytest.fixture
def flow() -> Flow:
    made = Flow()
    made.calls(
        [record(1, "ada", "CreateUser"), record(2, "grace", "CreateUser"), record(3, "linus", "DeleteUser")]
    )
    made.settle()
    return made


@pytest.fixture
def run(flow) -> Journal:
    return Reading(flow.log).journal()


@pytest.mark.parametrize("spelled", SPELLINGS)
def test_a_secret_is_found_in_every_spelling_and_named(spelled):
    assert SECRETS.found_in(b"", b"before " + spelled + b" after") == ["slack.bot_token"]
    assert SECRETS.found_in(spelled[: len(spelled) // 2]) == []


def test_secrets_show_their_names_alone_and_short_ones_are_not_looked_for():
    assert repr(SECRETS) == "SecretTexts(slack.bot_token)"
    assert SECRETS.too_short == ("gateway.console_token",)
    assert CANARY not in repr(TERMS)
    assert not SecretTexts()


def test_every_message_of_all_our_topics_is_searched_tombstones_and_headers_too(flow):
    secret = CANARY.encode()
    flow.log.append(Topic.INTAKE, secret, b"{}", T0)
    flow.log.append(changelog("seen"), b"w1:aa", b"so " + secret, T0)  # a call that waits is kept as it came
    flow.log.append(changelog("cases"), secret, None, T0)
    letter = DeadLetter(T0, "bridge", "garbage", "", "queue", "m1", b"the " + secret)
    flow.log.append(Topic.DEAD_LETTERS, b"k", to_wire(letter), T0)
    flow.log.messages["reports"].append(Record("reports", 0, 0, T0, b"k", b"v", headers=(("token", secret),)))
    flow.log.append("of another team", secret, b"{}", T0)
    places = {one.where.rpartition(":")[0] for one in Reading(flow.log, secrets=SECRETS).journal().leaks}
    assert places == {f"{topic}:0" for topic in ("intake", changelog("seen"), changelog("cases"), "reports")} | {
        "dead-letters:0"
    }


def test_a_secret_is_found_in_calls_that_are_packed_or_wait_and_in_the_dead_letter_of_a_frame(flow):
    call = FramedCall(0, "m1", T0, None, f'{{"more":"{NUMBERS}","note":"{CANARY}"}}'.encode())
    frame = frame_bytes(CallFrame("v1", [LIVE], [call]))
    waits = waiting_bytes(WaitingCall(call, LIVE, "v1"))
    letter = to_wire(DeadLetter(T0, "triage", "unreadable_frame", "", "triage", "calls:0:9", frame[:-1]))
    assert not any(CANARY.encode() in value for value in (frame, waits, letter))
    flow.log.append(Topic.CALLS, b"k", frame, T0)
    flow.log.append(changelog("seen"), waiting_key(7, b"m" * 32), waits, T0)
    flow.log.append(Topic.DEAD_LETTERS, b"k", letter, T0)
    places = {one.where.rpartition(":")[0] for one in Reading(flow.log, secrets=SECRETS).journal().leaks}
    assert places == {"calls:0", f"{changelog('seen')}:0", "dead-letters:0"}


def test_a_secret_is_found_in_the_part_of_a_case_that_is_squeezed(flow):
    partition = Partition()
    partition.send(call(1))
    case = replace(partition.only(), reason=f"{NUMBERS} {CANARY}")
    assert CANARY.encode() not in to_entry(case)
    flow.log.append(changelog("cases"), case.case_id.encode(), to_entry(case), T0)
    (leak,) = Reading(flow.log, secrets=SECRETS).journal().leaks
    assert leak.where.startswith(changelog("cases"))


def test_a_log_without_a_secret_in_it_has_no_leak_and_without_secrets_nobody_looks(flow):
    assert Reading(flow.log, secrets=SECRETS).journal().leaks == []
    assert Reading(flow.log).journal().leaks is None


def test_a_finding_names_the_secret_and_never_shows_it(run):
    spoilt = run._replace(processes=[Process("worker", -9, lines=[f"with {CANARY}"] * 20)])
    found = no_secret(spoilt, TERMS)
    assert len(found) == 5
    assert all("slack.bot_token" in str(one) and CANARY not in repr(one) for one in found)


def test_the_secrets_are_all_that_the_configuration_keeps_as_such(tmp_path: Path):
    file = tmp_path / "c.toml"
    file.write_text('[slack]\nbot_token = "xoxb-one-and-two"\n[elasticsearch]\napi_key = "key-of-the-archive"\n')
    assert set(secrets_of(load(file, {})).names) == {"slack.bot_token", "elasticsearch.api_key"}


def test_a_rescuer_has_a_minute_more_for_a_question_and_none_for_an_alert(run):
    late = with_pages(run, CaseKind.QUESTION, 90_000, "watchdog")
    assert lapsed_deadlines_page(late, TERMS) == []
    assert len(lapsed_deadlines_page(with_pages(run, CaseKind.QUESTION, 90_000), TERMS)) == 1
    assert len(alerts_paged_in_time(with_pages(run, CaseKind.ALERT, 90_000, "watchdog"), TERMS)) == 1


def test_a_run_that_is_over_is_judged_by_the_outage_that_the_terms_allow(run):
    late = with_pages(run, CaseKind.QUESTION, 50_000)
    assert lapsed_deadlines_page(late, Terms()) == []
    assert lapsed_deadlines_page(late, Terms(paged_within_ms=50_000)) == []
    assert len(lapsed_deadlines_page(late, Terms(paged_within_ms=49_999))) == 1
    never = with_pages(run, CaseKind.QUESTION, None)
    assert len(lapsed_deadlines_page(never, Terms(paged_within_ms=49_999))) == 1


def test_seconds_are_counted_in_real_time(run):
    late = with_pages(run, CaseKind.QUESTION, 3 * 30_000)
    assert lapsed_deadlines_page(late, TERMS._replace(speed=3.0)) == []
    assert len(lapsed_deadlines_page(late, TERMS._replace(speed=2.9))) == 1


def test_the_time_that_a_rescuer_gives_counts_where_the_log_heard_of_it_late(run):
    late = with_pages(run, CaseKind.QUESTION, 600_000, "watchdog")
    (case,) = (one for one in late.last().values() if one.kind is CaseKind.QUESTION and one.page is not None)
    assert len(lapsed_deadlines_page(late, TERMS)) == 1
    told = [
        one._replace(command=replace(one.command, at_ms=case.page.emitted_ms + 60_000))
        if isinstance(one.command, PageAccepted)
        else one
        for one in late.commands
    ]
    assert lapsed_deadlines_page(late._replace(commands=told), TERMS) == []


def test_a_deadline_is_known_from_the_question_where_compaction_left_one_state_alone():
    flow = Flow()
    flow.calls([record(1, "ada", "CreateUser")])
    flow.pass_time(120_000)
    delivered, _ = replies(flow.unanswered.pop(0))
    flow.command(delivered)
    flow.pass_time(900_000)
    journal = flow.settle()
    only_last = journal._replace(cases=list(journal.last().values()))
    late = with_pages(only_last, CaseKind.QUESTION, 31_000)
    for kept in (journal, only_last):
        assert lapsed_deadlines_page(kept, TERMS) == []
    assert len(lapsed_deadlines_page(late, TERMS)) == 1


def exchanged(at_ms: int, fault: str | None, service: str = "slack") -> Exchange:
    return Exchange(service, "chat.postMessage", at_ms, at_ms + 5, {}, 200, None, done=fault is None, fault=fault)


def test_a_stretch_of_calls_that_go_wrong_is_a_trouble_until_one_goes_well(run):
    calls = [(1, None), (2, "hang"), (9, "broken"), (20, None), (30, "broken"), (40, None)]
    journal = run._replace(
        exchanges=[exchanged(at_ms, fault) for at_ms, fault in calls] + [exchanged(3, "hang", "pagerduty")],
        troubles=[Trouble("elasticsearch", 5, 6), Trouble("pagerduty", 1, 99)],
    )
    assert troubles(journal) == [
        Trouble("elasticsearch", 5, 6),
        Trouble("slack", 2, 14),
        Trouble("slack", 30, 35),
    ]


def test_a_journal_without_known_documents_says_nothing_of_them(run):
    assert nobody_delays_a_page(run, TERMS) == []
    assert nobody_delays_a_page(run._replace(documents=[]), TERMS) != []


def test_a_replay_says_nothing_of_a_partition_whose_first_commands_are_gone(run):
    broken = keep_an_older_state(run)
    assert len(replay_gives_the_same(broken, TERMS)) == 1
    assert replay_gives_the_same(broken._replace(commands_from={0: 1}), TERMS) == []
    assert replay_gives_the_same(broken, Terms()) == []


def test_a_replay_does_not_want_what_is_not_acknowledged_yet(run):
    broken = keep_an_older_state(run)
    (fact,) = (one for one in run.facts if one.kind == "verified")
    assert replay_gives_the_same(broken._replace(committed={(Topic.COMMANDS, 0): fact.src}), TERMS) == []
    assert replay_gives_the_same(run._replace(committed={}), TERMS) == []


def test_a_replay_ends_where_an_owner_left_amid_a_message_of_several_keys():
    flow = Flow()
    flow.calls([record(1, "ada", "CreateUser"), record(2, "grace", "CreateUser")])
    journal = flow.settle()
    spoilt = journal._replace(cases=[replace(one, reason="made up") for one in journal.cases])
    assert len(replay_gives_the_same(spoilt, TERMS)) == 2
    two_keys = next(
        fact.src
        for fact in journal.facts
        if fact.kind == "asked" and sum(one.src == fact.src and one.kind == "asked" for one in journal.facts) == 2
    )
    assert replay_gives_the_same(spoilt._replace(torn={0: frozenset({two_keys})}), TERMS) == []
    one_key = next(one.src for one in journal.facts if one.kind == "paged")
    assert len(replay_gives_the_same(spoilt._replace(torn={0: frozenset({one_key})}), TERMS)) == 2


def test_a_replay_ends_where_an_owner_left_the_counters_behind_the_cases():
    flow = Flow()
    flow.policy = flow.policy._replace(limits=replace(flow.policy.limits, pages_per_account_hour=1))
    for number in range(4):
        flow.calls([record(number, "ada", "DeleteUser")])
    journal = flow.settle()
    assert journal.aggregates
    spoilt = journal._replace(cases=[replace(one, reason="made up") for one in journal.cases])
    owners_changed = spoilt._replace(torn={0: frozenset({10_000})})
    assert len(replay_gives_the_same(spoilt, TERMS)) == len(replay_gives_the_same(owners_changed, TERMS)) == 4
    assert replay_gives_the_same(owners_changed._replace(aggregates=[]), TERMS) == []


def test_a_change_of_owners_is_read_from_the_epochs(flow):
    stored = flow.log.messages[changelog("cases")]
    cases = Reading(flow.log).journal().cases
    half = len(stored) // 2
    stored[:] = [one._replace(epoch=1 if number < half else 2) for number, one in enumerate(stored)]
    assert Reading(flow.log).journal().torn == {0: frozenset({cases[half - 1].src})}
    assert CaseState.VERIFIED in {case.state for case in cases}
