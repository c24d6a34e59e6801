"""Coverage: however many calls of however many kinds come, each is in exactly one case, and none is left out."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.decisions.case.collect import MAX_LINES
from streams.records.verdict import Action
from tables.case_index import fingerprints_of
from tests.support import checker
from tests.support.cases import ADA, GRACE, call, fingerprint
from tests.support.examples import examples
from tests.support.story import Story

PAUSES_MS = (0, 1_000, 120_000, 300_000)

a_batch = st.tuples(
    st.integers(0, 60),  # the first call's number: numbers that came before are copies
    st.integers(1, 45),  # how many calls
    st.sampled_from(PAUSES_MS),
    st.booleans(),  # whether the worker dies after it
)
batches = st.lists(a_batch, min_size=1, max_size=8)
sources = st.sampled_from((1, 7, MAX_LINES, MAX_LINES + 1, 60))


def numbered(number: int, spread: int):
    """The call of a number: its line on a question follows from it, and so does whether it is an alert."""
    action = Action.ALERT if number % 17 == 16 else Action.NOTIFY
    asked = (ADA, ADA, ADA, GRACE)[number % 4]
    return call(number, asked, action, source=f"198.51.100.{number % spread}")


@settings(max_examples=examples(120))
@given(batches, sources)
def test_each_call_is_in_exactly_one_case_and_counted_on_a_line_of_it(some, spread):
    run = Story(tight=False)
    sent = set()
    for first, count, pause_ms, dies in some:
        numbers = range(first, first + count)
        run.send(*[numbered(number, spread) for number in numbers])
        sent |= {fingerprint(number) for number in numbers}
        if dies:
            run.restart()
        run.wait(pause_ms)
    holders = Counter(mark for case in run.cases.values() for mark in fingerprints_of(case))
    assert set(holders) == sent
    assert set(holders.values()) == {1}
    for case in run.cases.values():
        assert len(case.lines) <= MAX_LINES
        assert sum(line.count for line in case.lines) == len(list(fingerprints_of(case)))
    run.close()
    assert checker.check_all(run.journal()) == []
