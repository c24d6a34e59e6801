"""Backtest: what recorded calls would have cost in questions and pages, in their own time."""

import pytest

from agents.backtest.replay import Answers
from agents.backtest.sent import Sent, SentKind
from streams.envelopes.item import CallItem, Control, Pointer, Refused
from streams.records.timing import Limits, Timing
from streams.records.verdict import Action
from tests.support.backtest import RULES, T0, policy, record, rule, run


def at(sent: list[Sent], kind: SentKind = SentKind.QUESTION) -> list[float]:
    return [(one.at_ms - T0) / 1000 for one in sent if one.kind is kind]


def burst(*seconds: int, name: str = "CreateUser", who: str = "ada") -> list[dict[str, object]]:
    return [record(name, who, at_s) for at_s in seconds]


def test_counts_calls_and_their_copies():
    other = record(at_s=5)
    told, _ = run([record(), record(), other, dict(reversed(list(other.items()))), record("Nothing")])
    assert (told.records, told.distinct, told.duplicates) == (5, 3, 2)
    assert told.by_action == {"log": 0, "notify": 2, "alert": 0, "none": 1}


def test_every_matching_rule_is_counted_once_a_call():
    told, _ = run([record(), record(), record("TagUser")])
    assert told.by_rule == {"r1": 1, "r4": 1, "r5": 1}


def test_only_what_is_refused_is_a_dead_letter():
    told, _ = run([Refused("not_json", "", b""), Control("empty_body"), Pointer("b", "k", ""), record()])
    assert (told.records, told.dead_letters) == (1, 1)


def test_a_burst_is_one_question_when_its_wait_is_over():
    told, sent = run(burst(0, 30, 119))
    assert at(sent) == [120]
    assert sent[0].calls == 3
    assert told.prompts.total == 1
    assert told.prompts.by_person == {"ada": 1}
    assert told.prompts.by_hour == {"2026-01-02T03": 1}
    assert told.pages.total == 0


def test_a_call_on_the_last_moment_of_the_wait_belongs_to_the_next_question():
    _, sent = run(burst(0, 120))
    assert at(sent) == [120, 420]


def test_a_run_that_goes_on_is_asked_again_an_interval_after_the_last_question():
    _, sent = run(burst(0, 130, 300, 419))
    assert at(sent) == [120, 420]
    assert [one.calls for one in sent] == [1, 3]


def test_a_pause_begins_a_group_with_its_own_wait():
    _, sent = run(burst(0, 1000))
    assert at(sent) == [120, 1120]


def test_a_long_pause_forgets_nothing_that_matters():
    _, sent = run(burst(0, 7200, 7330, 50_000))
    assert at(sent) == [120, 7320, 7620, 50_120]


def test_the_hour_is_the_one_of_sending():
    told, _ = run(burst(3599))
    assert told.prompts.by_hour == {"2026-01-02T04": 1}


def test_each_person_is_asked_for_themselves():
    told, _ = run(burst(0, 1) + burst(0, 1, who="grace"))
    assert told.prompts.by_person == {"ada": 1, "grace": 1}
    assert told.max_prompts_person_hour == 1


def test_the_worst_hour_of_one_person_is_told():
    told, _ = run(burst(0, 1000, 2000, 7200) + burst(0, 1000, who="grace"))
    assert told.max_prompts_person_hour == 3


def test_an_alert_pages_at_once_and_leaves_the_group_alone():
    told, sent = run([*burst(0, 60), record("DeleteUser", at_s=30)])
    assert at(sent, SentKind.PAGE) == [30]
    assert at(sent) == [120]
    assert told.pages.by_person == {"ada": 1}
    assert told.pages.by_hour == {"2026-01-02T03": 1}


def test_silence_pages_after_the_time_to_answer():
    told, sent = run(burst(0, 60), answers=Answers.SILENCE)
    assert at(sent) == [120]
    assert at(sent, SentKind.PAGE) == [120 + 900]
    assert (sent[1].reason, sent[1].person, sent[1].calls) == ("no_answer", "ada", 2)
    assert told.pages.by_person == {"ada": 1}


def test_an_unattributed_group_is_one_page_after_its_wait():
    told, sent = run(burst(0, 30, 119, who="stranger"))
    assert at(sent, SentKind.PAGE) == [120]
    assert told.prompts.total == 0
    assert told.pages.by_person == {"unattributed": 1}


def test_a_person_who_cannot_be_asked_pages_under_their_name():
    told, sent = run(burst(0, who="mute"))
    assert at(sent, SentKind.PAGE) == [120]
    assert sent[0].reason == "no_slack"
    assert told.pages.by_person == {"mute": 1}


def test_yes_comes_too_late_where_a_rule_gives_less_than_a_minute():
    hasty = rule(1, Action.NOTIFY, "CreateUser", timing={"prompt_timeout_s": 59})
    _, sent = run(burst(0), policy(hasty))
    assert at(sent, SentKind.PAGE) == [120 + 59]


def test_yes_on_the_last_moment_counts():
    exact = rule(1, Action.NOTIFY, "CreateUser", timing={"prompt_timeout_s": 60})
    told, _ = run(burst(0), policy(exact))
    assert told.pages.total == 0


def test_two_questions_answered_at_once_are_both_verified():
    grouped = rule(1, Action.NOTIFY, "CreateUser", group_by=["source"])
    other = rule(2, Action.NOTIFY, "CreateAccessKey", timing={"group_wait_s": 119})
    told, _ = run([record(at_s=0), record("CreateAccessKey", at_s=1)], policy(grouped, other))
    assert told.prompts.total == 2
    assert told.pages.total == 0


def test_timing_comes_from_the_configuration():
    _, sent = run(burst(0), policy(timing=Timing(group_wait_ms=5_000)))
    assert at(sent) == [5]


@pytest.mark.parametrize("limits", [{}, {"prompts_per_person_hour": 1, "pages_per_account_hour": 1}])
def test_ceilings_are_off_wherever_they_are_set(limits: dict[str, int]):
    strict = [rule(1, Action.NOTIFY, "CreateUser", limits=limits), RULES[2]]
    held = policy(*strict, limits=Limits(1, 1))
    told, _ = run(burst(0, 400, 800, 1200) + burst(0, 1, 2, 3, name="DeleteUser"), held)
    assert told.prompts.total == 4
    assert told.pages.total == 4


def test_more_calls_than_a_case_holds_open_another():
    told, _ = run([record(number=number) for number in range(1500)])
    assert told.by_action["notify"] == 1500
    assert told.prompts.total == 2


def test_calls_without_a_time_count_at_the_earliest():
    told, sent = run([record(at_s=50), record(at_s=None), record("TagUser", at_s=10)])
    assert at(sent) == [130]
    assert sent[0].calls == 2
    assert told.records == 3


def test_without_any_time_they_count_in_1970():
    told, _ = run([record(at_s=None)])
    assert told.prompts.by_hour == {"1970-01-01T00": 1}


def test_a_record_that_breaks_a_decision_is_a_dead_letter():
    broken = record()
    broken["requestParameters"] = object()  # stands for whatever we have not thought of
    told, _ = run([CallItem(b"", broken), record(at_s=1)])
    assert (told.records, told.dead_letters) == (1, 1)


def test_no_input_is_a_report_of_nothing():
    told, sent = run([])
    assert sent == []
    assert (told.records, told.max_prompts_person_hour) == (0, 0)
    assert told.prompts.by_hour == {}
