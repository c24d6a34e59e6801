"""A set of fingerprints knows the same calls however many of them it has moved to disk."""

from contextlib import closing

from hypothesis import given
from hypothesis import strategies as st

from agents.backtest.known import Known

MARKS = st.lists(st.integers(0, 40).map(lambda number: number.to_bytes(32, "big")), max_size=80)


@given(marks=MARKS, in_memory=st.integers(1, 9))
def test_it_knows_what_a_set_knows(marks, in_memory):
    plain: set[bytes] = set()
    with closing(Known(in_memory)) as known:
        for mark in marks:
            assert (mark in known) == (mark in plain)
            if mark not in plain:
                known.add(mark)
                plain.add(mark)
            assert len(known) == len(plain)
