"""Waits between tries double, are jittered, and have a ceiling."""

from streams.feeds.retry import LONGEST_S, Backoff


def test_waits_double_up_to_the_longest_and_begin_anew():
    backoff = Backoff(lambda: 1.0)
    waits = [backoff.failed() for _ in range(12)]
    assert waits[:4] == [0.2, 0.4, 0.8, 1.6]
    assert waits[-1] == LONGEST_S
    backoff.worked()
    assert backoff.failed() == 0.2


def test_jitter_takes_up_to_half_of_a_wait():
    assert Backoff(lambda: 0.0).failed() == 0.1
