"""The records of a changelog on Kafka become changes, each with the epoch that its own headers say."""

from hypothesis import given
from hypothesis import strategies as st

from streams.kafka.changelog import _changes
from streams.log.record import Record
from streams.shell.ownership import NO_EPOCH, Change, epoch_headers

headers = st.one_of(
    st.integers(NO_EPOCH, 3).map(epoch_headers),
    st.integers(1, 3).map(lambda epoch: (("more", b"x"), *epoch_headers(epoch))),
)
values = st.none() | st.binary(max_size=3)


@given(st.lists(st.tuples(st.none() | st.binary(max_size=2), values, headers), max_size=12))
def test_every_record_is_a_change_with_its_own_epoch(some):
    records = [Record("t", 0, at, 0, key, value, headers=told) for at, (key, value, told) in enumerate(some)]
    epochs = [int.from_bytes(dict(told).get("cs-epoch", b""), "big") for _, _, told in some]
    found = _changes(records)
    assert found == [
        Change(at, key or b"", value, epoch)
        for at, ((key, value, _), epoch) in enumerate(zip(some, epochs, strict=True))
    ]
    assert all(isinstance(one, Change) for one in found)
