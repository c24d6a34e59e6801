"""The audit's checks: they find nothing in a clean run, and each kind of broken run by the check's name."""

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from agents.decisions.audit.finding import Finding
from agents.decisions.audit.registry import CHECKS, judged
from agents.decisions.audit.terms import Terms
from agents.decisions.case.ids import dedup_key
from agents.standins.exchange import Exchange
from streams.embedded.reader import LogReader
from streams.records.case import CaseKind, CaseState
from streams.records.command import Answered, Incident, PushResult, PushStarted
from streams.records.effect import Page, Prompt, Push
from streams.records.fact import Fact, FactKind
from streams.records.timing import Limits
from streams.records.verdict import End
from streams.shell.message import Send
from streams.topics import APP_ID, plan
from tests.support import checker
from tests.support.cases import T0
from tests.support.flow import HOUR_MS, Flow, record
from tests.support.journal import Commanded, Journal, read_exchanges, read_journal
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
    return framed.log.messages["calls"][0].value.replace(b'{"eventName": 1}', b'"\\ud800 spoils its frame"')


@pytest.fixture
def clean(flow) -> Journal:
    journal = read_journal(flow.log)
    return journal._replace(exchanges=exchanges(journal))


def exchange(service: str, route: str, sent: dict, answer: object = None) -> Exchange:
    return Exchange(service, route, 0, 0, sent, 200, answer, done=True)


def exchanges(journal: Journal) -> list[Exchange]:
    """What the stand-ins would have recorded of a run."""
    made = []
    for prompt in journal.of(Prompt):
        metadata = {"event_type": "countersign_prompt", "event_payload": {"case_id": prompt.case_id, "attempt": 1}}
        made.append(exchange("slack", "chat.postMessage", {"metadata": json.dumps(metadata)}))
    for push in journal.of(Push):
        answer = {"stat": "OK", "response": {"txid": f"tx-{push.case_id}-{push.attempt}"}}
        made.append(exchange("duo", "/auth/v2/auth", {"pushinfo": f"Action=x&Case={push.case_id}"}, answer))
    for page in journal.of(Page):
        payload = {"custom_details": {"case": page.subject}}
        sent = {"event_action": "trigger", "dedup_key": page.dedup_key, "payload": payload}
        made.append(exchange("pagerduty", "/v2/enqueue", sent))
    return made


def case_in(journal: Journal, state: CaseState) -> str:
    return next(case_id for case_id, case in journal.last().items() if case.state is state)


def with_facts(journal: Journal, change: Callable[[Fact], Fact | None]) -> Journal:
    """The run with each fact changed, or lost where the change gives None."""
    return journal._replace(facts=[new for fact in journal.facts if (new := change(fact)) is not None])


def with_commands(journal: Journal, change: Callable[[object], object]) -> Journal:
    return journal._replace(commands=[Commanded(one.at, change(one.command)) for one in journal.commands])


def with_effects(journal: Journal, kind: type, **changes: object) -> Journal:
    made = [replace(one, **changes) if isinstance(one, kind) else one for one in journal.effects]
    return journal._replace(effects=made)


def with_verified(journal: Journal, **changes: object) -> Journal:
    """The run with the states of its verified case changed."""
    case_id = case_in(journal, CaseState.VERIFIED)
    return journal._replace(
        cases=[replace(one, **changes) if one.case_id == case_id else one for one in journal.cases]
    )


def test_a_clean_run_has_no_findings(clean):
    assert checker.check_all(clean) == []
    states = sorted(case.state for case in clean.last().values())
    assert states == [CaseState.PAGED, CaseState.PAGED, CaseState.PAGED, CaseState.VERIFIED]


def lose_a_verdict(run: Journal) -> Journal:
    return run._replace(verdicts=[one for one in run.verdicts if one.end is not End.LOGGED])


def leave_a_case_open(run: Journal) -> Journal:
    return with_verified(run, state=CaseState.WAITING)


def log_what_a_case_holds(run: Journal) -> Journal:
    return run._replace(verdicts=[*run.verdicts, replace(run.verdicts[0], end=End.LOGGED)])


def drop_deliveries(run: Journal) -> Journal:
    return with_facts(run, lambda fact: None if fact.kind in {FactKind.DELIVERED, FactKind.PAGED} else fact)


def forget_posts(run: Journal) -> Journal:
    return run._replace(exchanges=[one for one in run.exchanges if one.service != "slack"])


def forget_pages(run: Journal) -> Journal:
    return run._replace(exchanges=[one for one in run.exchanges if one.service != "pagerduty"])


def page_the_verified(run: Journal) -> Journal:
    case_id = case_in(run, CaseState.VERIFIED)
    last = max(fact.seq for fact in run.facts if fact.case_id == case_id)
    fact = Fact(case_id, last + 1, 0, FactKind.PAGED, 99, "k", {"by": "pager"})
    return run._replace(facts=[*run.facts, fact])


def tear_a_gap(run: Journal) -> Journal:
    return with_facts(run, lambda fact: None if fact.seq == 2 else fact)


def lose_the_last_fact(run: Journal) -> Journal:
    last = max(fact.seq for fact in run.facts)
    return with_facts(run, lambda fact: None if fact.seq == last else fact)


def tell_two_contents(run: Journal) -> Journal:
    return run._replace(facts=[*run.facts, replace(run.facts[0], at_ms=1)])


def change_an_end(run: Journal) -> Journal:
    ended = run.last()[case_in(run, CaseState.PAGED)]
    return run._replace(cases=[*run.cases, replace(ended, state=CaseState.VERIFIED)])


def page_under_another_key(run: Journal) -> Journal:
    return with_effects(run, Page, dedup_key="another")


def open_two_incidents(run: Journal) -> Journal:
    case_id = case_in(run, CaseState.PAGED)
    sent = {"event_action": "trigger", "dedup_key": "made-up", "payload": {"custom_details": {"case": case_id}}}
    return run._replace(exchanges=[*run.exchanges, exchange("pagerduty", "/v2/enqueue", sent)])


def deny_instead(run: Journal) -> Journal:
    return with_commands(run, lambda one: replace(one, result="deny") if isinstance(one, PushResult) else one)


def forget_the_start(run: Journal) -> Journal:
    return with_commands(run, lambda one: replace(one, txid="x") if isinstance(one, PushStarted) else one)


def forget_the_yes(run: Journal) -> Journal:
    return with_facts(run, lambda fact: None if fact.kind is FactKind.ANSWERED else fact)


def show_another_digest(run: Journal) -> Journal:
    return with_verified(run, digest="0" * 64)


def show_no_prompt(run: Journal) -> Journal:
    return run._replace(effects=[one for one in run.effects if not isinstance(one, Prompt)])


def push_to_another(run: Journal) -> Journal:
    return with_effects(run, Push, duo_user="mallory")


def push_before_the_yes(run: Journal) -> Journal:
    return with_effects(run, Push, emitted_ms=0)


def allow_too_late(run: Journal) -> Journal:
    def later(fact: Fact) -> Fact:
        return replace(fact, at_ms=fact.at_ms + 60_001) if fact.kind is FactKind.VERIFIED else fact

    return with_facts(run, later)


def push_nothing(run: Journal) -> Journal:
    return run._replace(effects=[one for one in run.effects if not isinstance(one, Push)])


def duo_knows_no_such_push(run: Journal) -> Journal:
    return run._replace(exchanges=[replace(one, answer={"response": {"txid": "other"}}) for one in run.exchanges])


def verify_in_silence(run: Journal) -> Journal:
    return with_facts(run, lambda fact: None if fact.kind is FactKind.VERIFIED else fact)


def another_clicks(run: Journal) -> Journal:
    return with_commands(run, lambda one: replace(one, user_id="U0X") if isinstance(one, Answered) else one)


def cover_twice(run: Journal) -> Journal:
    one = run.last()[case_in(run, CaseState.VERIFIED)]
    return run._replace(cases=[*run.cases, replace(one, case_id="twin", facts=[], outbox=[], seq=0)])


def cover_nowhere(run: Journal) -> Journal:
    return run._replace(cases=[one for one in run.cases if one.state is CaseState.VERIFIED])


def lose_the_commands(run: Journal) -> Journal:
    return run._replace(commands=[])


def lose_a_fact(run: Journal) -> Journal:
    return run._replace(facts=run.facts[1:])


def lose_an_effect(run: Journal) -> Journal:
    owed = next(one for one in run.cases if one.outbox)
    return run._replace(cases=[*run.cases, owed], effects=[])


def give_two_calls_one_event(run: Journal) -> Journal:
    return run._replace(calls=[one._replace(event=run.calls[0].event) for one in run.calls])


def with_alerts(run: Journal, accepted_ms: int | None) -> Journal:
    alerts = [one for one in run.cases if one.kind is CaseKind.ALERT and one.page is not None]
    changed = {id(one): replace(one, page=replace(one.page, accepted_ms=accepted_ms)) for one in alerts}
    return run._replace(cases=[changed.get(id(one), one) for one in run.cases])


def page_the_alert_late(run: Journal) -> Journal:
    return with_alerts(run, T0 + 30_001)


def page_the_alert_never(run: Journal) -> Journal:
    return with_alerts(run, None)


def verify_by_the_yes(run: Journal) -> Journal:
    yes = next(one for one in run.commands if isinstance(one.command, Answered) and one.command.answer == "yes")
    allowed = {fact.src for fact in run.facts if fact.kind is FactKind.VERIFIED}
    case_id = case_in(run, CaseState.VERIFIED)
    clicks = {at: replace(yes.command, case_id=case_id) for at in allowed}
    return run._replace(
        commands=[one._replace(command=clicks.get(one.at.offset, one.command)) for one in run.commands]
    )


def say_late(run: Journal) -> Journal:
    return run._replace(verdicts=[replace(one, late=True) for one in run.verdicts])


def happen_long_ago(run: Journal) -> Journal:
    return run._replace(verdicts=[replace(one, event_time_ms=T0 - 25 * HOUR_MS) for one in run.verdicts])


def lose_the_incident(run: Journal) -> Journal:
    return run._replace(commands=[one for one in run.commands if not isinstance(one.command, Incident)])


def lose_the_traceback(run: Journal) -> Journal:
    return run._replace(dead_letters=[replace(one, traceback=None) for one in run.dead_letters])


def name_another_call(run: Journal) -> Journal:
    return run._replace(
        dead_letters=[replace(one, sensitive=["kms.amazonaws.com:Decrypt"]) for one in run.dead_letters]
    )


def list_too_many(run: Journal) -> Journal:
    return run._replace(cases=[replace(one, calls=one.calls * 60) for one in run.cases])


def ask_beyond_the_ceiling(run: Journal) -> Journal:
    return run._replace(cases=[replace(one, limits=Limits(0, 0)) for one in run.cases])


BROKEN = [
    ("accounted", lose_a_verdict),
    ("accounted", leave_a_case_open),
    ("accounted", log_what_a_case_holds),
    ("asked-or-paged", drop_deliveries),
    ("asked-or-paged", forget_posts),
    ("asked-or-paged", forget_pages),
    ("verified-or-paged", page_the_verified),
    ("no-gap", tear_a_gap),
    ("cases-kept", cover_nowhere),
    ("no-gap", lose_the_last_fact),
    ("one-content-a-seq", tell_two_contents),
    ("ends-stay", change_an_end),
    ("one-page-a-case", page_under_another_key),
    ("one-page-a-case", open_two_incidents),
    ("verified-by-a-push", deny_instead),
    ("verified-by-a-push", forget_the_start),
    ("verified-by-a-push", forget_the_yes),
    ("verified-by-a-push", show_another_digest),
    ("verified-by-a-push", show_no_prompt),
    ("verified-by-a-push", push_to_another),
    ("verified-by-a-push", push_before_the_yes),
    ("verified-by-a-push", allow_too_late),
    ("verified-by-a-push", push_nothing),
    ("verified-by-a-push", duo_knows_no_such_push),
    ("verified-by-a-push", verify_in_silence),
    ("answered-by-the-asked", another_clicks),
    ("covered-once", cover_twice),
    ("covered-once", cover_nowhere),
    ("covered-once", log_what_a_case_holds),
    ("committed-is-readable", lose_a_verdict),
    ("committed-is-readable", lose_the_commands),
    ("committed-is-readable", lose_a_fact),
    ("committed-is-readable", lose_an_effect),
    ("one-content-an-event", give_two_calls_one_event),
    ("alerts-in-time", page_the_alert_late),
    ("alerts-in-time", page_the_alert_never),
    ("a-yes-closes-nothing", verify_by_the_yes),
    ("late-is-said", say_late),
    ("late-is-said", happen_long_ago),
    ("broken-decisions-page", lose_the_incident),
    ("broken-decisions-page", lose_the_traceback),
    ("unreadable-calls-page", lose_the_incident),
    ("unreadable-calls-page", name_another_call),
    ("below-the-ceilings", list_too_many),
    ("below-the-ceilings", ask_beyond_the_ceiling),
]


@pytest.mark.parametrize(("name", "broken"), BROKEN, ids=[f"{name}-{how.__name__}" for name, how in BROKEN])
def test_a_broken_run_is_found_by_name(clean, name, broken):
    assert name in found_by(broken(clean))


def found_by(journal: Journal) -> dict[str, list[Finding]]:
    """The findings in a run that a clock judges an hour later, by the name of the check."""
    terms = Terms(now_ms=max(one.at.at_ms for one in journal.calls) + HOUR_MS, lateness_ms=24 * HOUR_MS)
    return {check.name: found for check, found in judged(journal, terms) if found}


def test_a_clean_run_has_no_findings_by_any_clock(clean):
    assert found_by(clean) == {}


def test_each_check_of_the_log_was_seen_to_fail():
    assert {check.name for check in CHECKS if check.judge is not None} == {name for name, _ in BROKEN}


def test_each_invariant_has_a_check_or_names_the_tests_that_tell():
    assert list(dict.fromkeys(check.invariant for check in CHECKS)) == [f"I{number}" for number in range(1, 22)]
    root = Path(__file__).parents[2]
    assert [check.name for check in CHECKS if check.judge is None and not check.tests] == []
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
    flow.append("calls", b"k", framed.log.messages["calls"][0].value.replace(b'{"eventName": 1}', bad))
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
