"""The audit's checks: they find nothing in a clean run, and each kind of broken run by the check's name."""

from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from agents.decisions.audit.finding import Finding
from agents.decisions.audit.registry import CHECKS, judged, nothing, unjudged
from agents.decisions.audit.terms import Folding, Terms
from agents.decisions.case.ids import dedup_key
from streams.embedded.reader import LogReader
from streams.records.case import CaseState
from streams.records.fact import Fact, FactKind
from streams.shell.message import Send
from streams.topics import APP_ID, plan
from tables.case_shelf import CaseShelf
from tests.support import checker
from tests.support.broken_outside import SECRETS, with_outside
from tests.support.broken_runs import BROKEN, case_in, exchanges, page_the_verified, with_facts
from tests.support.flow import HOUR_MS, Flow, record
from tests.support.frames import tampered
from tests.support.journal import Journal, read_exchanges, read_journal
from tests.support.logs import open_writer


@pytest.fixture(scope="module")
def flow() -> Flow:
    """A verified case, a denied one, an alert, a call that is only logged, and a frame that cannot be read."""
    made = Flow()
    made.calls([record(1, "ada", "CreateUser"), record(2, "ada", "CreateAccessKey")])
    made.calls([record(3, "grace", "CreateUser"), record(4, "grace", "TagUser")])
    made.calls([record(5, "linus", "DeleteUser"), record(1, "ada", "CreateUser")])
    made.append("calls", b"k", unreadable(record(6, "grace", "DeleteUser")))
    made.settle()
    return made


def unreadable(one: dict) -> bytes:
    """A frame with a record that spoils it."""
    framed = Flow()
    framed.calls([{"eventName": 1}, one])
    value = framed.log.messages["calls"][0].value
    return tampered(value, b'{"eventName": 1}', b'"\\ud800 spoils its frame"')


@pytest.fixture
def clean(flow) -> Journal:
    journal = read_journal(flow.log)
    return with_outside(journal._replace(exchanges=exchanges(journal)))


def test_a_clean_run_has_no_findings(clean):
    assert checker.check_all(clean) == []
    states = sorted(case.state for case in clean.last().values())
    assert states == [CaseState.PAGED, CaseState.PAGED, CaseState.PAGED, CaseState.VERIFIED]


@pytest.mark.parametrize(("name", "broken"), BROKEN, ids=[f"{name}-{how.__name__}" for name, how in BROKEN])
def test_a_broken_run_is_found_by_name(clean, name, broken):
    assert name in found_by(broken(clean))


def found_by(journal: Journal) -> dict[str, list[Finding]]:
    """The findings in a run that a clock judges an hour later, by the name of the check."""
    return {check.name: found for check, found in judged(journal, terms_of(journal)) if found}


def terms_of(journal: Journal) -> Terms:
    """With all that a configuration gives."""
    now_ms = max(one.at.at_ms for one in journal.calls) + HOUR_MS
    return Terms(now_ms, lateness_ms=24 * HOUR_MS, folding=Folding(CaseShelf), secrets=SECRETS)


def test_a_clean_run_has_no_findings_by_any_clock(clean):
    assert found_by(clean) == {}


def test_each_check_was_seen_to_fail():
    assert {check.name for check in CHECKS} == {name for name, _ in BROKEN}


def test_a_check_with_nothing_to_go_by_says_so_instead_of_held(clean):
    assert unjudged(clean, terms_of(clean)) == {}
    bare = clean._replace(exchanges=[], processes=[], documents=None, troubles=[], commands_from={0: 7})
    silent = unjudged(bare, Terms())
    assert set(silent) == {
        "lapsed-deadlines-page",
        "alerts-in-time",
        "replay",
        "late-is-said",
        "nobody-delays-a-page",
        "no-secret",
        "leaves-in-time",
        "refuses-to-start",
    }
    assert not {check.name for check, _ in judged(bare, Terms())} & set(silent)


def test_each_invariant_has_a_check_and_the_tests_that_are_named_exist():
    assert list(dict.fromkeys(check.invariant for check in CHECKS)) == [f"I{number}" for number in range(1, 22)]
    root = Path(__file__).parents[2]
    assert [check.name for check in CHECKS if check.lacks is not nothing and not check.tests] == []
    assert [test for check in CHECKS for test in check.tests if not (root / test).is_file()] == []


@pytest.mark.parametrize(("name", "broken"), BROKEN, ids=[f"{name}-{how.__name__}" for name, how in BROKEN])
def test_a_finding_says_what_it_is_about(clean, name, broken):
    for one in found_by(broken(clean))[name]:
        assert any(one.subject)
        assert any(part[:12] in one.sentence for part in one.subject if part is not None), one


def test_open_cases_are_findings_unless_they_are_allowed(flow):
    opened = Flow()
    opened.calls([record(1, "ada", "CreateUser")])
    journal = read_journal(opened.log)
    assert [one.partition(":")[0] for one in checker.check_all(journal)] == ["I1", "I2"]
    assert checker.check_all(journal, open_allowed=True) == []


def test_a_call_that_no_rule_fires_on_is_told_apart_from_a_lost_one():
    flow = Flow()
    flow.calls([record(1, "ada", "ListUsers")])
    journal = read_journal(flow.log)
    assert len(checker.accounted(journal)) == 1
    assert checker.accounted(journal, wanted=lambda fields: fields["eventName"] != "ListUsers") == []


@pytest.mark.parametrize("bad", [b'"is no record"', b'"\\ud800 spoils its frame"'])
def test_a_dead_letter_accounts_for_a_record_or_a_frame_that_cannot_be_read(bad):
    framed = Flow()
    framed.calls([{"eventName": 1}, record(1, "ada", "TagUser")])
    flow = Flow()
    flow.append("calls", b"k", tampered(framed.log.messages["calls"][0].value, b'{"eventName": 1}', bad))
    journal = flow.settle()
    assert len(journal.dead_letters) == 1
    assert checker.accounted(journal) == []
    assert len(checker.accounted(journal._replace(dead_letters=[]))) == 1


def test_a_watchdogs_page_and_a_contradiction_are_shown_as_such_and_are_no_findings(clean):
    paged = page_the_verified(clean)
    by_watchdog = with_facts(
        paged, lambda fact: replace(fact, data={"by": "watchdog"}) if fact.src == 99 else fact
    )
    assert checker.verified_or_paged(by_watchdog) == []
    case_id = case_in(clean, CaseState.VERIFIED)
    contradicted = Fact(case_id, 99, 0, FactKind.CONTRADICTED, 98, "k", {})
    assert checker.verified_or_paged(paged._replace(facts=[*paged.facts, contradicted])) == []


def test_aggregated_pages_and_their_cases_are_no_findings():
    flow = Flow()
    held = flow.policy
    flow.policy = held._replace(limits=replace(held.limits, pages_per_account_hour=1))
    for number in range(4):
        flow.calls([record(number, "ada", "DeleteUser")])
    journal = flow.settle()
    assert journal.aggregates
    assert checker.check_all(journal._replace(exchanges=exchanges(journal))) == []


async def test_the_embedded_log_reads_as_the_log_in_memory_does(flow, tmp_path):
    writer = open_writer(tmp_path / "log.db", plan=plan(1))
    sends = [Send(topic, one.key, one.value, 0) for topic, stored in flow.log.messages.items() for one in stored]
    await writer.append(sends)
    await writer.commit_offsets(APP_ID, {(topic, 0): offset for topic, offset in flow.log.offsets.items()})
    with LogReader(tmp_path / "log.db") as reader:
        read = read_journal(reader)
    writer.close()
    expected = read_journal(flow.log)
    for name in ("verdicts", "facts", "effects", "dead_letters", "cases", "aggregates", "committed"):
        assert getattr(read, name) == getattr(expected, name)
    assert [one.command for one in read.commands] == [one.command for one in expected.commands]
    assert [one.mark for one in read.calls] == [one.mark for one in expected.calls]


def test_what_the_stand_ins_recorded_is_read_from_their_files(clean, tmp_path):
    path = tmp_path / "all.jsonl"
    path.write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in clean.exchanges))
    assert read_exchanges([path]) == clean.exchanges


def test_the_keys_that_pagerduty_saw_follow_from_the_cases(clean):
    seen = {one.sent["dedup_key"] for one in clean.exchanges if one.service == "pagerduty"}
    assert seen == {dedup_key(case_id) for case_id, case in clean.last().items() if case.state is CaseState.PAGED}
