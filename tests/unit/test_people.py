"""Whose cases are open, pushed or prompted: what a set for each of them says, however few a person has."""

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.records.case import CaseState
from streams.records.case_head import AskedHead, CaseHead, PromptHead, PushHead, TimingHead
from tables.people import OPEN_CASE, PROMPTED, PUSHED, People, roles_of
from tests.support.examples import examples

PERSONS = ("ada", "grace")
heads = st.builds(
    CaseHead,
    case_id=st.sampled_from("abc"),
    state=st.sampled_from((CaseState.WAITING, CaseState.PAGED)),
    src=st.just(0),
    group=st.just(0),
    account=st.just("1"),
    asked=st.just(None),
    timing=st.just(TimingHead(0)),
    prompt=st.sampled_from((None, PromptHead(1))),
    push=st.sampled_from(
        (None, PushHead(), PushHead(5), PushHead(5, None, "allow"), PushHead(5, None, "timeout"))
    ),
)


def person_of(case_id):
    return "ada" if case_id in "ab" else "grace"


@settings(max_examples=examples(200))
@given(st.lists(st.one_of(heads, st.sampled_from("abc")), max_size=30))
def test_each_role_has_the_cases_that_are_in_it(steps):
    cases = {}
    people = People(lambda case_id: cases[case_id])
    for step in steps:
        if isinstance(step, str):
            people.keep(person_of(step), step, 0)
            cases.pop(step, None)
        else:
            people.keep(person_of(step.case_id), step.case_id, roles_of(step))
            cases[step.case_id] = step
        for person in PERSONS:
            for role in (OPEN_CASE, PUSHED, PROMPTED):
                wanted = {one for one, case in cases.items() if person_of(one) == person and roles_of(case) & role}
                assert set(people.of(person, role)) == wanted


def test_a_push_that_was_refused_is_no_longer_on_a_phone():
    asked = CaseHead("a", CaseState.CHALLENGING, 0, 0, "1", AskedHead("ada"), TimingHead(0), push=PushHead(5))
    assert roles_of(asked) == OPEN_CASE | PUSHED
    refused = CaseHead(
        "a", CaseState.PAGED, 0, 0, "1", AskedHead("ada"), TimingHead(0), push=PushHead(5, None, "deny")
    )
    assert roles_of(refused) == 0
