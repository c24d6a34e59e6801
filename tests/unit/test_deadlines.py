"""Deadlines: what is due is told, told again until it is gone, and never told early."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tables.deadlines import Deadlines, Overdue
from tests.support.examples import examples


class Heap(Deadlines):
    """Deadlines whose subjects are what the tests say of them."""

    def __init__(self):
        self.subjects = {}
        super().__init__(lambda subject: self.subjects.get(subject, []))

    def update(self, subject, wakes):
        self.subjects[subject] = wakes
        super().update(subject, wakes)


def told_at(heap: Heap, until_ms: int, step_ms: int = 1_000) -> list[int]:
    """When a heap with one thing in it tells of it, asked every step."""
    return [now_ms for now_ms in range(0, until_ms, step_ms) for _ in heap.due(now_ms)]


def test_a_deadline_is_told_when_it_is_due_and_every_five_seconds_until_it_is_gone():
    heap = Heap()
    heap.update("case", [(3_000, None)])
    assert told_at(heap, 20_000) == [3_000, 8_000, 13_000, 18_000]
    heap.update("case", [])
    assert heap.due(1 << 40) == []
    assert len(heap) == 0


def test_an_unanswered_effect_is_told_ever_more_seldom_down_to_once_a_minute():
    heap = Heap()
    heap.update("case", [(5_000, "page:1")])
    times = told_at(heap, 300_000)
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert gaps == [5_000, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000]


def test_what_stays_the_same_keeps_its_place_and_what_moves_starts_over():
    heap = Heap()
    heap.update("case", [(1_000, None), (1_000, "page:1")])
    assert len(heap.due(1_000)) == 2
    heap.update("case", [(1_000, None), (9_000, "page:1")])
    assert heap.due(5_999) == []
    assert heap.due(6_000) == [Overdue("case", None, 1_000)]
    assert heap.due(9_000) == [Overdue("case", "page:1", 9_000)]


def test_a_deadline_that_goes_and_comes_back_is_told_once_at_a_time():
    heap = Heap()
    for wakes in ([(1_000, None)], [], [(1_000, None)]):
        heap.update("case", wakes)
    assert heap.due(1_000) == [Overdue("case", None, 1_000)]
    assert heap.due(1_000) == []


def test_no_more_than_the_limit_is_told_at_once_and_the_rest_right_after():
    heap = Heap()
    for number in range(5):
        heap.update(f"case {number}", [(number, None)])
    assert [one.subject for one in heap.due(10, limit=3)] == ["case 0", "case 1", "case 2"]
    assert [one.subject for one in heap.due(10, limit=3)] == ["case 3", "case 4"]


def test_what_a_clock_that_ran_ahead_has_put_off_is_told_at_its_own_time():
    heap = Heap()
    heap.update("a", [(10_000, None)])
    heap.update("b", [(20_000, "page:1")])
    assert len(heap.due(3_600_000)) == 2  # an hour ahead for one look; the owner's state says that it is not true
    assert heap.due(5_000) == []
    assert [one.subject for one in heap.due(10_000)] == ["a"]
    assert {one.subject for one in heap.due(20_000)} == {"a", "b"}


subjects = st.sampled_from("abc")
what = st.sampled_from((None, "remind", "page:1", "update:4"))
wakes = st.dictionaries(what, st.integers(0, 100), max_size=3)
moves = st.lists(st.one_of(st.tuples(subjects, wakes), st.integers(0, 40)), max_size=25)


@settings(max_examples=examples(200))
@given(moves)
def test_nothing_is_told_early_or_forgotten_or_told_after_it_is_gone(history):
    heap, ahead, told, now_ms = Heap(), {}, {}, 0
    for move in history:
        if isinstance(move, int):
            now_ms += move * 1_000
            for one in heap.due(now_ms):
                assert ahead[one.subject][one.what] * 1_000 == one.at_ms <= now_ms
                told[one.subject, one.what] = (one.at_ms, now_ms)
            for subject, lies_ahead in ahead.items():
                for name, at_s in lies_ahead.items():
                    if at_s * 1_000 <= now_ms:
                        at_ms, last_ms = told[subject, name]
                        assert at_ms == at_s * 1_000
                        assert now_ms - last_ms < 60_000
        else:
            subject, lies_ahead = move
            heap.update(subject, [(at_s * 1_000, name) for name, at_s in lies_ahead.items()])
            ahead[subject] = lies_ahead
            for key in [key for key in told if key[0] == subject and key[1] not in lies_ahead]:
                del told[key]


@given(st.dictionaries(st.text(max_size=3), st.lists(st.tuples(st.integers(0, 9), st.none()), max_size=3)))
def test_what_is_loaded_at_once_comes_due_as_what_was_told_one_by_one(subjects):
    loaded, told = (Deadlines(lambda subject: subjects[subject]) for _ in range(2))
    loaded.load((subject, min((at for at, _ in wakes), default=None)) for subject, wakes in subjects.items())
    for subject, wakes in subjects.items():
        told.update(subject, wakes)
    assert len(loaded) == len(told)
    assert [sorted(loaded.due(now_ms)) for now_ms in range(10)] == [
        sorted(told.due(now_ms)) for now_ms in range(10)
    ]
