"""Which cases moved since an offset: what a dictionary of each case's last offset says."""

from array import array

from hypothesis import given, settings
from hypothesis import strategies as st

from tables import moves
from tables.moves import Moves
from tests.support.examples import examples

IDS = st.sampled_from("abcd")
STEPS = st.lists(st.tuples(IDS, st.integers(0, 3), st.sampled_from(("move", "move", "move", "gone"))), max_size=40)


@settings(max_examples=examples(200))
@given(st.dictionaries(IDS, st.integers(0, 9)), STEPS, st.sampled_from((0, 2, 1_024)))
def test_they_say_which_cases_a_message_or_a_later_one_changed(before, steps, room):
    found, last, src = Moves(), dict(before), max(before.values(), default=0)
    found.load(array("q", before.values()), list(before))
    assert found.last_src == max(before.values(), default=-1)
    usual, moves.ROOM = moves.ROOM, room
    try:
        for case_id, later, what in steps:
            src += later
            if what == "gone":
                last.pop(case_id, None)
            else:
                last[case_id] = src
                found.add(case_id, src, last)
            for since in range(src + 2):
                assert {one for one in found.since(since) if one in last} == {
                    one for one, at in last.items() if at >= since
                }
    finally:
        moves.ROOM = usual


def test_a_message_that_is_read_again_finds_its_place():
    found, live = Moves(), {"a", "b"}
    for case_id, src in (("a", 5), ("b", 9), ("a", 7), ("a", 7)):
        found.add(case_id, src, live)
    assert found.since(6) == ["a", "b"]
    assert found.since(8) == ["b"]
    assert found.last_src == 9


def test_what_lies_there_does_not_grow_with_what_happens():
    found, live = Moves(), {"a", "b"}
    for src in range(10_000):
        found.add("ab"[src % 2], src, live)
    assert len(found._ids) < 2 * moves.ROOM
    assert found.since(9_998) == ["a", "b"]
