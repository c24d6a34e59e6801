"""The stretches of failpoints that a row of the chaos dies at."""

from hypothesis import given
from hypothesis import strategies as st

from tests.chaos.rows_points import parts


@given(st.lists(st.text(max_size=3), min_size=1, unique=True), st.integers(1, 5))
def test_every_failpoint_is_in_one_stretch_in_its_order_and_the_stretches_are_as_long(names, count):
    stretches = parts(names, count)
    assert [name for stretch in stretches for name in stretch] == names
    assert len(stretches) <= count
    assert len({len(stretch) for stretch in stretches[:-1]}) <= 1
    assert all(0 < len(stretch) <= len(stretches[0]) for stretch in stretches)
