"""The seen table: what came before, for as long as it can come again, in entries of bounded size."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.records.seen import SeenCall
from streams.records.verdict import End
from tables.seen import SeenTable
from tests.support.cases import call, fingerprint
from tests.support.examples import examples
from tests.support.worker import Changelog

DECISION = call(1).decision


def seen(number: int, end: End = End.CASE) -> SeenCall:
    return SeenCall(fingerprint(number), msgspec.structs.replace(DECISION, end=end))


def loaded(writes) -> SeenTable:
    """A table that was recovered from these writes."""
    changelog = Changelog(writes)
    table = SeenTable(changelog)
    changelog.assign()
    return table


def a_table() -> tuple[SeenTable, Changelog]:
    changelog = Changelog()
    return SeenTable(changelog), changelog


def test_two_thousand_calls_make_entries_below_64_kilobytes_and_none_is_lost():
    table, changelog = a_table()
    table.remember(0, 7, 1_000, "v", [seen(number) for number in range(2_000)])
    assert len(changelog.writes) > 10
    assert max(len(write.value) for write in changelog.writes) < 65_536
    held = loaded(changelog.writes).shelf(0).held(7)
    assert set(held) == {fingerprint(number) for number in range(2_000)}


def test_a_frame_is_held_beyond_memory_and_after_a_restart():
    table, changelog = a_table()
    for position in range(200):
        table.remember(0, position, 1_000, "v", [seen(position)])
    for shelf in (table.shelf(0), loaded(changelog.writes).shelf(0)):
        assert set(shelf.held(0)) == {fingerprint(0)}
        assert set(shelf.held(199)) == {fingerprint(199)}
        assert shelf.held(200) == {}


def test_a_sweep_forgets_what_is_older_and_nothing_else():
    table, changelog = a_table()
    for position in range(4):
        table.remember(0, position, 1_000 * position, "v", [seen(position)])
    assert table.sweep(0, 2_000) == 2
    for shelf in (table.shelf(0), loaded(changelog.writes).shelf(0)):
        known = [shelf.first(fingerprint(position)) for position in range(4)]
        assert known == [None, None, (2, End.CASE), (3, End.CASE)]
        assert shelf.held(1) == {}
    assert table.sweep(0, 2_000) == 0


def test_revoked_partitions_are_forgotten():
    changelog = Changelog()
    revoked = []
    changelog.on_revoked = revoked.append
    table = SeenTable(changelog)
    table.remember(0, 1, 1_000, "v", [seen(1)])
    (tell,) = revoked
    tell(0)
    assert table.shelf(0).first(fingerprint(1)) is None


def _news(table: SeenTable, number: int, end: End) -> bool:
    first = table.shelf(0).first(fingerprint(number))
    return first is None or (first[1], end) == (End.REPORTED, End.CASE)


a_call = st.tuples(st.integers(0, 5), st.sampled_from((End.CASE, End.REPORTED)))


@settings(max_examples=examples(150))
@given(st.lists(st.lists(a_call, min_size=1, max_size=3), max_size=8), st.integers(0, 9))
def test_a_recovered_table_knows_what_the_living_one_knows(frames, swept):
    table, changelog = a_table()
    for position, calls in enumerate(frames):
        # Triage drops every copy but a live one of a call that was only reported.
        new = {number: end for number, end in calls if _news(table, number, end)}
        table.remember(0, position, 1_000 * position, "v", [seen(*one) for one in new.items()])
    table.sweep(0, 1_000 * swept - 500)
    alive, again = table.shelf(0), loaded(changelog.writes).shelf(0)
    for number in range(6):
        assert again.first(fingerprint(number)) == alive.first(fingerprint(number))
    for position in range(len(frames)):
        assert again.held(position) == alive.held(position)


@settings(max_examples=examples(100))
@given(st.lists(a_call, min_size=1, max_size=8))
def test_a_call_belongs_to_the_first_position_that_brought_it_unless_it_only_reported_it(calls):
    table, _ = a_table()
    for position, one in enumerate(calls):
        table.remember(0, position, 1_000, "v", [seen(*one)])
    for number, _ in calls:
        brought = [(position, end) for position, (other, end) in enumerate(calls) if other == number]
        real = [one for one in brought if one[1] is End.CASE]
        assert table.shelf(0).first(fingerprint(number)) == (real or brought)[0]
