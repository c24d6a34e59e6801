"""Broken runs: each takes a clean journal and spoils one thing, which the check of that name has to find."""

import json
from collections.abc import Callable

from msgspec.structs import replace

from agents.standins.exchange import Exchange
from streams.records.case import CaseKind, CaseState
from streams.records.command import Answered, Incident, PushResult, PushStarted
from streams.records.effect import Page, Prompt, Push
from streams.records.fact import Fact, FactKind
from streams.records.timing import Limits
from streams.records.verdict import Action, End
from tests.support.broken_outside import BROKEN_OUTSIDE
from tests.support.cases import T0
from tests.support.flow import HOUR_MS
from tests.support.journal import Commanded, Journal


def exchange(service: str, route: str, sent: dict, answer: object = None, at_ms: int = 0) -> Exchange:
    return Exchange(service, route, at_ms, at_ms, sent, 200, answer, done=True)


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
        made.append(exchange("pagerduty", "/v2/enqueue", sent, at_ms=page.emitted_ms))
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


def with_pages(run: Journal, kind: CaseKind, late_ms: int | None, by: str = "pager") -> Journal:
    """The run with the pages of a kind of case accepted so late, or never; PagerDuty's own word is lost."""
    pages = [one for one in run.cases if one.kind is kind and one.page is not None]
    changed = {}
    for one in pages:
        accepted_ms = None if late_ms is None else one.page.emitted_ms + late_ms
        changed[id(one)] = replace(one, page=replace(one.page, accepted_ms=accepted_ms, by=by))
    return forget_pages(run)._replace(cases=[changed.get(id(one), one) for one in run.cases])


def page_the_alert_late(run: Journal) -> Journal:
    return with_pages(run, CaseKind.ALERT, 30_001)


def page_the_alert_never(run: Journal) -> Journal:
    return with_pages(run, CaseKind.ALERT, None)


def page_the_no_late(run: Journal) -> Journal:
    return with_pages(run, CaseKind.QUESTION, 30_001)


def rescue_the_no_late(run: Journal) -> Journal:
    return with_pages(run, CaseKind.QUESTION, 90_001, "watchdog")


def page_the_no_never(run: Journal) -> Journal:
    return with_pages(run, CaseKind.QUESTION, None)


def let_a_deadline_lapse(run: Journal) -> Journal:
    """The silence of whoever was asked, escalated 31 s after the deadline that the states before it show."""
    case_id = next(one.case_id for one in run.cases if one.kind is CaseKind.QUESTION and one.page is not None)
    states = [one for one in run.cases if one.case_id == case_id]
    waiting = next(one for one in states if one.state is CaseState.WAITING)
    due_ms = next(one for one in states if one.page is not None).page.emitted_ms - 31_000
    changed = [replace(one, deadline_ms=due_ms) if one is waiting else one for one in run.cases]
    return forget_pages(run)._replace(cases=changed)


def keep_an_older_state(run: Journal) -> Journal:
    """The table without the newest state of its verified case."""
    return run._replace(cases=[one for one in run.cases if one.state is not CaseState.VERIFIED])


def write_a_state_of_no_message(run: Journal) -> Journal:
    return with_verified(run, src=10_000)


def change_a_reason(run: Journal) -> Journal:
    return run._replace(cases=[replace(one, reason="made up") for one in run.cases])


def lose_a_case(run: Journal) -> Journal:
    return run._replace(cases=[one for one in run.cases if one.kind is not CaseKind.ALERT])


def decide_otherwise(run: Journal) -> Journal:
    return run._replace(verdicts=[*run.verdicts, replace(run.verdicts[0], action=Action.ALERT)])


def end_otherwise(run: Journal) -> Journal:
    return log_what_a_case_holds(run)


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
    *BROKEN_OUTSIDE,
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
    ("lapsed-deadlines-page", page_the_no_late),
    ("lapsed-deadlines-page", rescue_the_no_late),
    ("lapsed-deadlines-page", page_the_no_never),
    ("lapsed-deadlines-page", let_a_deadline_lapse),
    ("lapsed-deadlines-page", leave_a_case_open),
    ("replay", keep_an_older_state),
    ("replay", write_a_state_of_no_message),
    ("replay", change_a_reason),
    ("replay", lose_a_case),
    ("replay", lose_the_commands),
    ("any-order", decide_otherwise),
    ("any-order", end_otherwise),
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
