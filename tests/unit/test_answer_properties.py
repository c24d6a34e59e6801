"""Answers: a case is verified by one order of events alone, and by nothing that anybody else clicks or taps."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from agents.clients.button import ButtonValue, Seal
from agents.clients.interaction import NO, YES, Refused, Reply, read_interaction
from agents.standins.slack_hand import block_actions
from agents.standins.slack_state import SlackMessage
from streams.records.case import ENDS, Case, CaseState, EffectKind
from streams.records.codec import from_entry
from streams.records.command import Answered, Delivered, PageAccepted, PushResult, PushStarted
from streams.records.effect import Prompt
from tests.support import checker
from tests.support.cases import GRACE, call, click
from tests.support.examples import examples
from tests.support.story import Story, stories

PROMPT_MS, START_MS, PUSH_MS = 900_000, 70_000, 60_000
"""How long the Yes, the transaction's id and the tap may each take; the last instant still counts."""
SEAL = Seal(["secret"])
PAGING = {EffectKind.PAGE, EffectKind.FOLD}


def mostly(right: Any, *wrong: Any) -> st.SearchStrategy[Any]:
    """The right thing in two of three cases, so that a single wrong one is often alone."""
    return st.one_of(st.just(right), st.just(right), st.sampled_from((right, *wrong)))


def within(limit_ms: int) -> st.SearchStrategy[int]:
    """A pause that is short, just in time, or just too late."""
    return mostly(0, 1, limit_ms, limit_ms + 1)


def asked(run: Story) -> Prompt:
    """A delivered question to Ada, and beside it one to Grace."""
    run.send(call(1), call(2), call(3, GRACE))
    run.wait(120_000)
    prompts = [effect for effect in run.effects_now() if isinstance(effect, Prompt)]
    run.send(*[Delivered(one.case_id, 1, "D1", f"1.{number}") for number, one in enumerate(prompts)])
    (mine,) = [one for one in prompts if one.slack_user == "U0ADA"]
    return mine


@settings(max_examples=examples(400))
@given(
    order=mostly("yes start tap", "start yes tap", "yes tap start", "tap yes start", "yes start", "yes"),
    yes=st.tuples(within(PROMPT_MS), mostly(None, "U0GRACE", "U0NOBODY"), mostly(None, "0" * 64)),
    start=st.tuples(within(START_MS), mostly(1, 0, 2)),
    tap=st.tuples(within(PUSH_MS), mostly("tx", "tx-of-another"), mostly("allow", "deny", "timeout", "odd")),
    astray=mostly("", "start", "tap"),
    later=st.lists(st.sampled_from(("yes", "no", "tap", "page")), max_size=5),
)
def test_one_order_of_events_alone_verifies_every_other_ends_in_a_page_and_ends_stay(
    order, yes, start, tap, astray, later
):
    run = Story(tight=False)
    prompt = asked(run)
    other = next(case_id for case_id in run.cases if case_id != prompt.case_id)
    target = {name: other if name == astray else prompt.case_id for name in ("start", "tap")}
    (yes_ms, user, digest), (start_ms, attempt), (tap_ms, txid, result) = yes, start, tap
    events = {
        "yes": (yes_ms, click(prompt, "yes", user=user, digest=digest)),
        "start": (start_ms, PushStarted(target["start"], attempt, "tx")),
        "tap": (tap_ms, PushResult(target["tap"], 1, txid, result)),
        "no": (0, click(prompt, "no")),
        "page": (0, PageAccepted(prompt.case_id, 1, by="watchdog")),
    }
    for name in order.split():
        pause_ms, command = events[name]
        run.sleep(pause_ms)
        run.send(command)
    in_time = yes_ms <= PROMPT_MS and start_ms <= START_MS and tap_ms <= PUSH_MS
    ours = user is None and digest is None and attempt == 1 and not astray
    verified = order == "yes start tap" and in_time and ours and (txid, result) == ("tx", "allow")
    ended = [case_id for case_id, case in run.cases.items() if case.state in ENDS]
    assert ended == ([prompt.case_id] if verified else [])
    run.close()
    for name in later:
        run.send(events[name][1])
    assert run.cases[prompt.case_id].state is (CaseState.VERIFIED if verified else CaseState.PAGED)
    assert checker.check_all(run.journal()) == []


@settings(max_examples=examples(300))
@given(stories)
def test_no_yes_ends_a_case_or_takes_back_a_page_or_leaves_an_open_case_without_a_deadline(story):
    tight, steps = story
    run = Story(tight=tight).play(steps)
    only_yes = {one.offset for one in run.log if all(map(_is_yes, one.commands))}
    states: dict[bytes, list[tuple[int, Case]]] = {}
    for write in run.worker.cases.writes:
        if write.value is not None:
            states.setdefault(write.key, []).append((write.src, from_entry(Case, write.value)))
    for history in states.values():
        for (_, before), (src, after) in pairwise(history):
            if src in only_yes:
                assert after.state not in ENDS or after.state is before.state
                assert _paging(before) <= _paging(after)
                assert after.deadline_ms is not None or after.state in {CaseState.ESCALATED, *ENDS}


def _is_yes(command: object) -> bool:
    return isinstance(command, Answered) and command.answer == "yes"


def _paging(case: Case) -> set[tuple[EffectKind, int]]:
    return {(item.kind, item.attempt) for item in case.outbox if item.kind in PAGING}


def payload(prompt: Prompt, answer: str) -> dict[str, Any]:
    """What Slack sends when the person asked presses a button of the question."""
    message = SlackMessage("D1", "1.0", "U0BOT", "q", [], None)
    value = ButtonValue(prompt.actor_key, prompt.case_id, prompt.question.digest, prompt.partition)
    button = {"type": "button", "action_id": YES if answer == "yes" else NO, "value": SEAL.seal(value)}
    names = {"user_id": prompt.slack_user, "team_id": "T1", "app_id": "A1"}
    return block_actions(message, button, trigger_id="t.1", now_ms=1_700_000_001_000, **names)


PLACES = (
    ("user", "id"),
    ("user", "team_id"),
    ("team", "id"),
    ("api_app_id",),
    ("channel", "name"),
    ("actions", 0, "value"),
    ("actions", 0, "action_id"),
)
TWISTS: tuple[Callable[[str], object], ...] = (
    str.swapcase,
    lambda right: f"{right} ",
    lambda right: f"{right}0",
    lambda right: right[:-1],
    lambda _: "",
    lambda _: None,
    lambda right: [right],
)
"""What is nearly the right text."""


@settings(max_examples=examples(200))
@given(
    answer=st.sampled_from(("yes", "no")),
    place=st.none() | st.sampled_from(PLACES),
    twist=st.sampled_from(TWISTS) | st.text().map(lambda text: lambda _: text),
)
def test_a_click_counts_from_the_person_asked_in_the_right_team_and_app_alone(answer, place, twist):
    run = Story(tight=False)
    prompt = asked(run)
    sent = payload(prompt, answer)
    if place is not None:
        *path, last = place
        thing: Any = sent
        for key in path:
            thing = thing[key]
        right = thing[last]
        thing[last] = twist(right)
        assume(thing[last] != right)
    read = read_interaction(sent, team_id="T1", app_id="A1", seal=SEAL)
    if place not in {None, ("user", "id"), ("actions", 0, "action_id")}:
        assert isinstance(read, Refused)
    if isinstance(read, Reply):
        run.send(read.answered)
    moved = {"yes": CaseState.CHALLENGING, "no": CaseState.ESCALATED}[answer]
    assert run.cases[prompt.case_id].state is (moved if place is None else CaseState.WAITING)
    assert checker.check_all(run.journal(), open_allowed=True) == []
