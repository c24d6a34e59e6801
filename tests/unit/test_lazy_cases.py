"""Cases that stay bytes until somebody asks: what is read is what was written last, however little is decoded."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from agents.decisions.case.due import next_wake_ms, wakes
from streams.records.case_head import CaseHead, head_of, urgency_of
from streams.records.codec import from_entry, to_entry
from tables.lazy_cases import LazyCases
from tests.support.cases import Partition, call
from tests.support.examples import examples
from tests.support.story import Story, states, stories

IDS = ("a", "b", "c")
STEPS = st.lists(
    st.tuples(st.sampled_from(("set", "settle", "delete", "read")), st.sampled_from(IDS)), max_size=30
)


def a_case():
    partition = Partition()
    partition.send(call(1))
    return partition.only()


@given(STEPS)
def test_they_are_a_dictionary_of_cases_whatever_is_settled_and_evicted_meanwhile(steps):
    model, plain, lazy = a_case(), {}, LazyCases(warm=1)
    for seq, (step, case_id) in enumerate(steps):
        case = replace(model, case_id=case_id, seq=seq)
        if step == "set":
            plain[case_id] = lazy[case_id] = case
        elif step == "settle":
            plain[case_id] = case
            lazy.settle(case, to_entry(case))
        elif step == "delete" and case_id in plain:
            del plain[case_id], lazy[case_id]
        assert lazy == plain
        assert len(lazy) == len(plain)
        assert [lazy.get(one) for one in IDS] == [plain.get(one) for one in IDS]


def test_what_is_not_there_cannot_be_read_or_deleted():
    lazy = LazyCases()
    with pytest.raises(KeyError):
        lazy["a"]
    with pytest.raises(KeyError):
        del lazy["a"]
    assert "a" not in lazy


@settings(max_examples=examples(50))
@given(stories)
def test_a_head_says_what_its_case_says(story):
    tight, steps = story
    for case in states(Story(tight=tight).play(steps).worker.cases.writes):
        head = from_entry(CaseHead, to_entry(case))
        assert head == head_of(case)
        assert wakes(head) == wakes(case)
        assert next_wake_ms(head) == min((wake.at_ms for wake in wakes(case)), default=None)
        assert urgency_of(head) == urgency_of(case)
