"""Sorting a frame: each call once, redeliveries as they were decided, bad records aside."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from agents.decisions.directory import Directory
from agents.decisions.triage import sort_frame
from streams.records.call import CallFrame, FramedCall
from streams.records.fingerprint import fingerprint
from streams.records.verdict import Action, End
from tables.seen import SeenTable
from tests.support.cases import T0
from tests.support.examples import examples
from tests.support.flow import BACKFILL, EVENTS, HOUR_MS, LIVE, NAMES, policy, record
from tests.support.worker import Changelog, Write

DAYS_LATER_MS = T0 + 48 * HOUR_MS


def frame(*calls, received_ms: int = T0) -> CallFrame:
    """A frame of records, each with its feed (0 live, 1 backfill)."""
    framed = [
        FramedCall(
            feed, f"m{number}", received_ms, None, one if isinstance(one, bytes) else json.dumps(one).encode()
        )
        for number, (feed, one) in enumerate(calls)
    ]
    return CallFrame("v1", [LIVE, BACKFILL], framed)


class Memory:
    """A seen table, and the changelog that survives it."""

    def __init__(self, writes: list[Write] | None = None) -> None:
        self.changelog = Changelog(writes or ())
        self.table = SeenTable(self.changelog)
        self.changelog.assign()

    def sort(self, framed: CallFrame, position: int, held=None):
        """Sort and remember, as triage does."""
        sorting = sort_frame(framed, position, self.table.shelf(0), held or policy())
        self.changelog.src = position
        self.table.remember(0, position, T0, "v1", sorting.fresh)
        return sorting


def test_a_frame_read_again_gives_the_same_verdicts_and_commands_whatever_has_changed_since():
    memory = Memory()
    some = frame((0, record(1, "ada", "CreateUser")), (0, record(2, "grace", "DeleteUser")))
    before = memory.sort(some, 5)
    nobody = policy()._replace(directory=Directory())
    again = Memory(memory.changelog.writes).sort(some, 5, nobody)
    assert (again.calls, again.fresh) == (before.calls, [])


def test_a_call_with_its_mark_is_sorted_like_one_without_and_a_copy_is_not_even_decoded():
    bare = frame((0, record(1, "ada", "CreateUser")), (1, record(2, "grace", "DeleteUser")), (0, b"[1"))
    first, second, broken = bare.calls
    marks = [fingerprint(json.loads(bytes(one.record))) for one in (first, second)]
    marked = replace(
        bare,
        calls=[replace(first, mark=marks[0]), replace(second, mark=marks[1]), replace(broken, mark=b"b" * 32)],
    )
    memory = Memory()
    plain, sorting = Memory().sort(bare, 5), memory.sort(marked, 5)
    assert [one.verdict for one in sorting.calls] == [one.verdict for one in plain.calls]
    assert [bytes(one.call.record) for one in sorting.broken] == [b"[1"]
    copy = replace(marked, calls=[replace(broken, mark=marks[0])])
    again = memory.sort(copy, 6)
    assert (again.duplicates, again.broken) == (1, [])


def test_a_verdict_names_the_version_that_decided_it_also_where_it_is_told_again():
    memory = Memory()
    some, other = frame((0, record(1, "ada", "CreateUser"))), frame((0, record(2, "ada", "CreateUser")))
    first, following = (policy()._replace(people_version=people) for people in ("p1", "p2"))
    memory.sort(some, 5, first)
    memory = Memory(memory.changelog.writes)
    told = [memory.sort(some, 5, following), memory.sort(other, 6, following)]
    versions = [one.verdict.rules_version for sorting in told for one in sorting.calls]
    assert versions == [first.version, following.version]


def test_a_frame_whose_entry_was_cut_off_is_completed_call_by_call():
    memory = Memory()
    some = frame(*[(0, record(number, "ada", "CreateUser")) for number in range(200)])
    before = memory.sort(some, 5)
    assert len(memory.changelog.writes) > 1
    left = Memory(memory.changelog.writes[:1])
    again = left.sort(some, 5)
    assert again.calls == before.calls
    assert 0 < len(again.fresh) < 200
    once_more = Memory(left.changelog.writes).sort(some, 5)
    assert (once_more.calls, once_more.fresh) == (before.calls, [])


def test_a_reframed_batch_passes_its_new_calls_and_drops_the_old():
    memory = Memory()
    old, new = record(1, "ada", "CreateUser"), record(2, "ada", "CreateUser")
    memory.sort(frame((0, old)), 5)
    sorting = memory.sort(frame((0, old), (0, new)), 6)
    assert (len(sorting.calls), sorting.duplicates) == (1, 1)


def test_a_copy_within_a_frame_is_dropped():
    sorting = Memory().sort(frame((0, record(1, "ada", "CreateUser")), (0, record(1, "ada", "CreateUser"))), 5)
    assert (len(sorting.calls), sorting.duplicates) == (1, 1)


def test_a_live_copy_outdoes_a_report_of_the_same_frame_and_of_an_earlier_one():
    one = record(1, "ada", "CreateUser")
    for calls in ([(1, one), (0, one)], [(0, one), (1, one)]):
        together = Memory().sort(frame(*calls, received_ms=DAYS_LATER_MS), 5)
        assert together.calls[-1].verdict.end is End.CASE
        apart = Memory()
        ends = [
            sorted_call.verdict.end
            for position, call in enumerate(calls)
            for sorted_call in apart.sort(frame(call, received_ms=DAYS_LATER_MS), position).calls
        ]
        assert ends[-1] is End.CASE


def test_a_report_is_told_again_with_its_own_frame_though_a_live_copy_came_since():
    memory = Memory()
    one = record(1, "ada", "CreateUser")
    reported = frame((1, one), received_ms=DAYS_LATER_MS)
    before = memory.sort(reported, 5)
    memory.sort(frame((0, one), received_ms=DAYS_LATER_MS), 6)
    assert memory.sort(reported, 5).calls == before.calls


def test_what_was_seen_first_does_not_depend_on_the_order_the_entries_load_in():
    memory = Memory()
    one = record(1, "ada", "CreateUser")
    memory.sort(frame((1, one), received_ms=DAYS_LATER_MS), 5)
    memory.sort(frame((0, one), received_ms=DAYS_LATER_MS), 6)
    writes = memory.changelog.writes
    for order in (writes, writes[::-1]):
        sorting = Memory(order).sort(frame((0, one), received_ms=DAYS_LATER_MS), 7)
        assert (sorting.calls, sorting.duplicates) == ([], 1)


def test_a_call_that_no_rule_fires_on_is_counted_and_leaves_nothing():
    memory = Memory()
    sorting = memory.sort(frame((0, record(1, "ada", "ListUsers"))), 5)
    assert (sorting.unwanted, sorting.calls, memory.changelog.writes) == (1, [], [])


def test_a_call_that_is_only_logged_needs_no_entry():
    memory = Memory()
    sorting = memory.sort(frame((0, record(1, "ada", "TagUser"))), 5)
    assert sorting.calls[0].verdict.action is Action.LOG
    assert memory.changelog.writes == []


bad = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([b"null", b"[]", b"{", b'{"eventName": "\\ud800"}', b"[" * 5_000, b'{"userIdentity": []}']),
    st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), st.lists, max_leaves=4).map(
        lambda value: json.dumps(
            {"eventSource": "iam.amazonaws.com", "eventName": "CreateUser", "x": value}
        ).encode()
    ),
)


@settings(max_examples=examples(100))
@given(st.lists(bad, max_size=3), st.lists(bad, max_size=3))
def test_bad_records_disturb_no_other_and_each_is_accounted_for(before, after):
    good = record(1, "ada", "CreateUser")
    sorting = Memory().sort(frame(*[(0, one) for one in before], (0, good), *[(0, one) for one in after]), 5)
    total = len(sorting.calls) + len(sorting.broken) + sorting.duplicates + sorting.unwanted
    assert total == len(before) + len(after) + 1
    assert "e1" in [one.verdict.event_id for one in sorting.calls]


@settings(max_examples=examples(60))
@given(
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from(NAMES), st.sampled_from(tuple(EVENTS))), max_size=12),
    st.lists(st.integers(1, 4), min_size=1, max_size=4),
    st.integers(0, 12),
)
def test_each_call_gets_one_verdict_however_it_is_framed_and_wherever_the_worker_dies(calls, sizes, crash):
    records = [record(number, who, event) for number, who, event in calls]
    memory, at, position = Memory(), 0, 0
    marks: dict[str, set[tuple[int, str]]] = {}
    while at < len(records):
        size = sizes[position % len(sizes)]
        framed = frame(*[(0, one) for one in records[at : at + size]])
        for _ in range(2 if position == crash else 1):  # read twice, by a new worker, where one died
            sorting = memory.sort(framed, position)
            memory = Memory(memory.changelog.writes)
            for one in sorting.calls:
                if one.verdict.action is not Action.LOG:
                    marks.setdefault(one.verdict.fingerprint, set()).add((position, str(one.verdict.end)))
        at, position = at + size, position + 1
    assert all(len(told) == 1 for told in marks.values())
    wanted = {json.dumps(one) for one in records if EVENTS[one["eventName"]] is not Action.LOG}
    assert len(marks) == len(wanted)
