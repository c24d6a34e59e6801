"""Whose records of a changelog count: nothing that a former owner writes late ever reaches a table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.shell.ownership import (
    OWNER_KEY,
    Change,
    Replay,
    Superseded,
    epoch_headers,
    epoch_in,
    late_keys,
    mark,
    next_epoch,
    rewrites,
)

KEYS = st.sampled_from([b"a", b"b", b"c", b"d"])
WRITES = st.lists(st.tuples(KEYS, st.one_of(st.none(), st.binary(max_size=2))), max_size=12)


def replay(*records, start=0):
    """What a recovery makes of (key, value, epoch) in this order."""
    folded = Replay()
    changes = [Change(offset, key, value, epoch) for offset, (key, value, epoch) in enumerate(records, start)]
    for piece in (changes[: len(changes) // 2], changes[len(changes) // 2 :]):
        folded.fold(piece)
    return folded


def state(*writes):
    """What a dictionary makes of (key, value)."""
    return {key: value for key, value in dict(writes).items() if value is not None}


def interleaved(draw, *writers):
    """The records of several writers in some order that keeps each one's own."""
    left = [list(records) for records in writers]
    found = []
    while any(left):
        number = draw(st.sampled_from([number for number, records in enumerate(left) if records]))
        found.append(left[number].pop(0))
    return found


def at(epoch, writes):
    return [(key, value, epoch) for key, value in writes]


def marked(epoch):
    return (OWNER_KEY, None, epoch)


def compacted(records):
    """The last record of each key, as compaction may leave it."""
    last = {key: number for number, (key, _, _) in enumerate(records)}
    return [record for number, record in enumerate(records) if last[record[0]] == number]


def takes_over(records, generation):
    """What a new owner adds to these records before its first message."""
    folded = replay(*records)
    epoch = next_epoch(generation, folded.epoch)
    again = rewrites(folded.overruled, folded.entries, "changelog", (0, epoch))
    return [(send.key, send.value, epoch_in(send.headers)) for send in [*again, mark("changelog", 0, epoch)]]


def test_a_record_without_an_epoch_counts_until_there_is_one():
    assert replay((b"a", b"1", 0), (b"b", b"1", 0), marked(3), (b"a", b"2", 0)).entries == {b"a": b"1", b"b": b"1"}


def test_a_late_write_to_a_key_that_the_new_owner_never_touched_does_not_count():
    folded = replay((b"a", b"old", 3), marked(7), (b"a", b"late", 5))
    assert folded.entries == {b"a": b"old"}
    assert folded.overruled == {b"a"}


def test_a_late_removal_does_not_count_and_a_late_write_revives_nothing():
    folded = replay((b"a", b"1", 3), (b"b", b"1", 3), marked(7), (b"b", None, 7), (b"a", None, 3), (b"b", b"2", 3))
    assert folded.entries == {b"a": b"1"}
    assert folded.overruled == {b"a", b"b"}


def test_a_key_that_the_owner_wrote_after_the_late_write_needs_no_rewriting():
    assert replay(marked(7), (b"a", b"late", 5), (b"a", b"new", 7)).overruled == set()


def test_an_epoch_is_above_the_generation_and_above_everything_seen():
    assert next_epoch(9, 4) == 9
    assert next_epoch(2, 41) == 42


def test_an_epoch_survives_the_headers():
    assert epoch_in(epoch_headers(513)) == 513
    assert epoch_headers(513) == (("cs-epoch", b"\0\0\0\0\0\0\2\1"),)
    assert epoch_headers(0) == ()
    assert epoch_in([("other", b"x")]) == 0


@given(st.data(), WRITES, WRITES, WRITES)
def test_any_interleaving_of_late_writes_gives_the_new_owners_state(data, before, late, own):
    log = [marked(5), *at(5, before)]
    log += interleaved(data.draw, at(5, late), [*takes_over(log, 7), *at(7, own)])
    first = log.index(marked(7))
    accepted = [(key, value) for key, value, _ in log[:first]] + own
    assert replay(*log).entries == state(*accepted)


@given(st.data(), WRITES, WRITES, WRITES, WRITES)
def test_once_rewritten_compaction_and_later_owners_change_nothing(data, before, late, own, later):
    log = [marked(5), *at(5, before)]
    log += interleaved(data.draw, at(5, late), [marked(7), *at(7, own)])
    truth = replay(*log).entries
    for _ in range(data.draw(st.integers(1, 3))):
        log += takes_over(log, 8)
        assert replay(*log).entries == truth
        log = compacted(log)
        assert replay(*log).entries == truth
        assert replay(*log).overruled == set()
    log += at(5, later)
    assert replay(*log).entries == truth


@given(st.data(), WRITES, WRITES, WRITES)
def test_a_sweep_finds_every_key_that_compaction_would_get_wrong(data, before, late, own):
    log = [marked(5), *at(5, before)]
    held = replay(*log).entries
    tail = [marked(7), *interleaved(data.draw, at(5, late), at(7, own))]
    held = state(*held.items(), *own)
    cut = data.draw(st.integers(0, len(tail)))
    changes = [Change(offset, *record) for offset, record in enumerate(tail, len(log))]
    keys = late_keys(changes[cut:], 7, late_keys(changes[:cut], 7))
    log += tail + [(send.key, send.value, 7) for send in rewrites(keys, held, "changelog", (0, 7))]
    assert replay(*log).entries == held
    assert replay(*compacted(log)).entries == held


def test_an_owner_that_meets_a_higher_epoch_is_no_owner():
    with pytest.raises(Superseded, match="epoch 8 writes where this worker's is 7"):
        late_keys([Change(0, b"a", b"1", 7), Change(1, OWNER_KEY, None, 8)], 7)
