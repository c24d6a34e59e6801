"""Backtest, for any calls: order does not matter, and grouping is what a plain model says."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from agents.backtest.replay import Answers
from agents.backtest.sent import SentKind
from agents.backtest.tally import hour_of
from tests.support.backtest import T0, record, run

WAIT_S, INTERVAL_S, ANSWER_S = 120, 300, 900
ASKABLE = ("ada", "grace")
NOTIFIES = ("CreateUser", "CreateAccessKey")

calls = st.lists(
    st.builds(
        record,
        name=st.sampled_from(["CreateUser", "CreateAccessKey", "DeleteUser", "TagUser", "ListUsers"]),
        who=st.sampled_from(["ada", "grace", "mute", "stranger"]),
        at_s=st.one_of(st.integers(0, 900), st.sampled_from([0, 120, 121, 420, 3600, 7200, 90_000])),
        number=st.integers(0, 3),
    ),
    max_size=30,
)
answers = st.sampled_from(list(Answers))


def plain_model(records: list[dict[str, object]]) -> dict[str, list[int]]:
    """Whom questions and pages of groups go to, and at which second: straight from the design's words."""
    made: defaultdict[str, set[int]] = defaultdict(set)
    for fields in records:
        if fields["eventName"] in NOTIFIES:
            event_id = str(fields["eventID"])
            made[fields["userIdentity"]["userName"]].add(int(event_id.split("-")[3]))
    found: dict[str, list[int]] = {}
    for who, seconds in made.items():
        sends: list[int] = []
        for second in sorted(seconds):
            if not sends or second >= sends[-1]:
                until = second + WAIT_S
                sends.append(max(until, sends[-1] + INTERVAL_S) if sends else until)
        found[who] = sends
    return found


@given(calls, st.randoms(use_true_random=False), answers)
def test_any_order_and_any_copies_give_the_same_report(records, random, reply):
    copies = [random.choice(records) for _ in range(random.randint(0, 5))] if records else []
    shuffled = [*records, *copies]
    told, _ = run(shuffled, answers=reply)
    random.shuffle(shuffled)
    again, _ = run(shuffled, answers=reply)
    assert again == told


@given(calls)
def test_questions_go_out_when_the_plain_model_says(records):
    told, sent = run(records)
    expected = plain_model(records)
    for person in ASKABLE:
        asked = [one.at_ms for one in sent if one.kind is SentKind.QUESTION and one.person == person]
        assert asked == [T0 + second * 1000 for second in expected.get(person, [])]
    hours = [hour_of(T0 + second * 1000) for who in ASKABLE for second in expected.get(who, [])]
    assert told.prompts.by_hour == {hour: hours.count(hour) for hour in sorted(set(hours))}
    unasked = [one for one in sent if one.kind is SentKind.PAGE and one.reason != "alert"]
    assert len(unasked) == len(expected.get("mute", [])) + len(expected.get("stranger", []))


@given(calls)
def test_silence_turns_each_question_into_a_page_and_yes_none(records):
    yes, _ = run(records)
    silence, sent = run(records, answers=Answers.SILENCE)
    assert silence.prompts == yes.prompts
    assert silence.pages.total == yes.pages.total + yes.prompts.total
    asked = {one.case_id: one.at_ms for one in sent if one.kind is SentKind.QUESTION}
    paged = {one.case_id: one.at_ms for one in sent if one.reason == "no_answer"}
    assert paged == {case_id: at_ms + ANSWER_S * 1000 for case_id, at_ms in asked.items()}


@given(calls, answers)
def test_the_numbers_add_up(records, reply):
    told, sent = run(records, answers=reply)
    assert told.records == told.distinct + told.duplicates == len(records)
    assert sum(told.by_action.values()) == told.distinct
    for total in (told.prompts, told.pages):
        assert total.total == sum(total.by_person.values()) == sum(total.by_hour.values())
    covered = sum(one.calls for one in sent if one.kind is SentKind.QUESTION or one.reason != "no_answer")
    assert covered == told.by_action["notify"] + told.by_action["alert"]
