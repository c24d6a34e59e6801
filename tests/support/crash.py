"""Crashes: a worker that dies between two writes, and the one that reads the log again after it."""

from collections.abc import Sequence

from tests.support.story import Story
from tests.support.worker import Output, Worker, Write

IN_FLIGHT = 16
ACKNOWLEDGED_MS = 3_600_000
"""What is older than this was acknowledged long before the crash, however few messages came since."""


def crash_between(story: Story, at: int, back: int) -> Story:
    """The worker dies when the writes of the messages below `at` are durable, and reads the whole log again.

    It begins up to `back` messages earlier, and no fact of those was on the log yet.
    """
    offset = story.log[at].offset if at < len(story.log) else story.log[-1].offset + 1
    cases = _first(story.worker.cases.writes, offset)
    counters = _first(story.worker.counters.writes, offset)
    return _again(story, Worker(cases, counters, story.limits), at, back, len(story.log))


def crash_within(story: Story, at: int, cases: int, counters: int, back: int) -> Story:
    """The worker dies amid the writes of the last message, at `at`: some keys of each table are lost."""
    offset = story.log[at].offset
    kept = _first(story.worker.cases.writes, offset, cases), _first(story.worker.counters.writes, offset, counters)
    after = _again(story, Worker(*kept, story.limits), at, back, at + 1)
    after.torn.add(offset)
    return after


def _again(story: Story, worker: Worker, at: int, back: int, end: int) -> Story:
    begin = max(0, at - min(back, IN_FLIGHT))
    at_ms = story.log[min(at, len(story.log) - 1)].now_ms
    while begin < at and story.log[begin].now_ms < at_ms - ACKNOWLEDGED_MS:
        begin += 1
    after = Story(tight=story.tight)
    after.worker, after.log = worker, story.log[:end]
    after.now_ms = story.log[end - 1].now_ms
    # What answers an effect is on the log only because the effect had left. Their facts are told again.
    left = [Output([], output.effects, []) for output in story.outputs[begin:at]]
    after.outputs = story.outputs[:begin] + left + [worker.handle(logged) for logged in after.log[begin:]]
    return after


def _first(writes: Sequence[Write], offset: int, more: int = 0) -> list[Write]:
    """The writes of the messages below an offset, and some of that message's."""
    before = [write for write in writes if write.src < offset]
    return before + [write for write in writes if write.src == offset][:more]
