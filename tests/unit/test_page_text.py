"""The words of a page count as people do: one more call, two more calls, one case, two cases."""

import pytest

from agents.decisions.case.page_text import page_summary
from tests.support.cases import Partition, call


@pytest.mark.parametrize(
    ("calls", "told"), [(1, "CreateUser by"), (2, "and 1 more call by"), (3, "and 2 more calls by")]
)
def test_a_summary_counts_the_other_calls(calls: int, told: str):
    partition = Partition()
    partition.send(*(call(number) for number in range(1, calls + 1)))
    assert told in page_summary(partition.only())
