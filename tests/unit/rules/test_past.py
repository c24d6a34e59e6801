"""Conditions on earlier calls: so many in a time, and the time since the last one."""

from hypothesis import given
from hypothesis import strategies as st

from agents.decisions.rules import CallContext
from agents.decisions.rules.past import CountCondition, Past, count_holds, since_holds
from agents.decisions.rules.span import Span
from agents.decisions.rules.when import ActorCondition, When
from streams.records.actor import Actor, ActorKind, Confidence
from tests.support.rules import actions, rule

FIVE = CountCondition(5, 600_000)
NOW = 10_000_000
ADA = Actor(ActorKind.PERSON, "ada", None, Confidence.HIGH, "")


def minutes_ago(*minutes) -> Past:
    return Past(tuple(NOW - int(one * 60_000) for one in minutes))


def test_the_fifth_call_in_ten_minutes_reaches_five():
    assert not count_holds(FIVE, minutes_ago(1, 2, 3), NOW)
    assert count_holds(FIVE, minutes_ago(10, 9, 2, 1), NOW)
    assert not count_holds(FIVE, minutes_ago(10.1, 9, 2, 1), NOW)


@given(st.permutations(range(5)))
def test_the_last_to_come_reaches_it_in_whatever_order_they_come(order):
    times = [NOW + 60_000 * minute for minute in order]
    assert count_holds(FIVE, Past(tuple(times[:4])), times[4])


def test_what_was_forgotten_counts_as_reached_for_as_long_as_it_could():
    assert count_holds(FIVE, Past((), NOW - 600_000), NOW)
    assert not count_holds(FIVE, Past((), NOW - 600_001), NOW)
    assert since_holds(Span(max=60), Past((), NOW - 600_000), NOW)


def test_the_time_since_the_last_call():
    day = Span(min=86_400)
    assert since_holds(day, Past(), NOW)
    assert not since_holds(day, minutes_ago(60), NOW)
    assert since_holds(day, minutes_ago(60 * 24), NOW)
    assert not since_holds(Span(max=60), Past(), NOW)
    assert since_holds(Span(max=60), minutes_ago(30, 1), NOW)
    assert since_holds(day, Past((NOW + 1,)), NOW)  # one that was made later is not the last one


def test_an_unknown_past_counts_as_holding():
    counted = rule({"eventName": ["x"]}, when=When(count=FIVE))
    assert actions([counted], {"eventName": "x"}) == {"team.rule": "alert"}
    alone = CallContext(at_ms=NOW, past=lambda _: Past())
    assert actions([counted], {"eventName": "x"}, alone) == {}
    fifth = alone._replace(past=lambda _: minutes_ago(1, 2, 3, 4))
    assert actions([counted], {"eventName": "x"}, fifth) == {"team.rule": "alert"}


def test_the_group_of_a_person():
    wanted = rule({"eventName": ["x"]}, when=When(actor=ActorCondition(group=frozenset({"platform"}))))
    for groups, fires in ((frozenset({"platform", "a"}), True), (frozenset({"a"}), False), (None, True)):
        context = CallContext(actor=ADA, groups=groups)
        assert bool(actions([wanted], {"eventName": "x"}, context)) is fires
