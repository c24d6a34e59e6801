"""Reading eventTime: what AWS writes is read to the millisecond, anything else is nothing, and nothing raises."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.decisions.times import event_time_ms
from tests.support.examples import examples

AT_MS = 1_767_323_045_000


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-02T03:04:05Z",
        "2026-01-02T03:04:05",
        "2026-01-02 03:04:05",
        "2026-01-02T03:04:05+00:00",
        "2026-01-02T04:04:05+01:00",
        "2026-01-02T03:04:05.678Z",
        "2026-01-02T03:04:05.678901234Z",
        " 2026-01-02T03:04:05Z ",
    ],
)
def test_every_way_of_writing_one_second(text):
    assert event_time_ms(text) == AT_MS


@pytest.mark.parametrize(
    "value",
    [None, 5, 1.5, True, [], {}, "", "yesterday", "2026-13-02T03:04:05Z", "2026-01-02T03:04:05Z" * 3, "T" * 20],
)
def test_what_is_no_time_is_nothing(value):
    assert event_time_ms(value) is None


@settings(max_examples=examples(300))
@given(st.one_of(st.text(max_size=45), st.text("0123456789-:.TZ+ ", min_size=10, max_size=40)))
def test_no_text_raises(text):
    read = event_time_ms(text)
    assert read is None or isinstance(read, int)


@settings(max_examples=examples(100))
@given(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)), st.timezones() | st.just(UTC))
def test_what_is_written_is_what_is_read(when, zone):
    at = when.replace(microsecond=0, tzinfo=zone)
    offset = at.utcoffset()
    if offset is not None and offset.seconds % 60 == 0:
        assert event_time_ms(at.isoformat()) == int(at.timestamp()) * 1_000


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_the_ends_of_time_raise_nothing(text):
    assert isinstance(event_time_ms(text), int | None)
