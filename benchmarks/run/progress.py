"""Progress: how far triage was at what time, and what became of the calls, read back from the log alone."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from benchmarks.load import frames
from benchmarks.load.frames import Framed
from streams.log.reader import OpenLog
from streams.log.record import Record
from streams.records.codec import from_wire
from streams.records.fact import Fact, FactKind
from streams.records.verdict import Verdict, VerdictFrame
from streams.topics import Topic

PAGE = 200
_JOINED = {FactKind.OPENED, FactKind.CALLS_ADDED}


class Step(NamedTuple):
    """By this append time (epoch milliseconds) triage had decided about so many records."""

    at_ms: int
    records: int


class Decided(NamedTuple):
    """What the topic of verdicts holds: the steps in time, and how often each call was decided about.

    `joined_ms` is the append time (epoch milliseconds) of the last fact that calls came to a case.
    """

    steps: list[Step]
    verdicts: Counter[str]
    joined_ms: int | None = None

    def rate(self) -> tuple[int, float]:
        """Records and seconds between the first verdict and the last; what came before the first is left out."""
        first, last = self.steps[0], self.steps[-1]
        return last.records - first.records, (last.at_ms - first.at_ms) / 1_000


def number_of(verdict: Verdict) -> int:
    """Which record of the load it was, where frames carry that as the position."""
    return frames.number_of(verdict.position)


def decided(log: OpenLog, framed: Framed, number: Callable[[Verdict], int] = number_of) -> Decided:
    """Read every verdict; a frame is as far as the last of its calls that a rule fired on."""
    pages = sorted(_frames(log), key=lambda pair: pair[0].timestamp_ms)
    furthest: Counter[int] = Counter()
    steps: list[Step] = []
    verdicts: Counter[str] = Counter()
    for record, found in pages:
        for verdict in found:
            verdicts[verdict.event_id or verdict.fingerprint] += 1
            place = number(verdict)
            partition = framed.partition[place]
            furthest[partition] = max(furthest[partition], framed.rank[place])
        steps.append(Step(record.timestamp_ms, furthest.total()))
    facts = _messages(log, Topic.CASE_LOG)
    joined = (one.timestamp_ms for one in facts if from_wire(Fact, one.value or b"").kind in _JOINED)
    return Decided(steps, verdicts, max(joined, default=None))


def wrong(decided_about: Counter[str], hits: Mapping[str, int]) -> list[str]:
    """Calls lost, doubled or made up; each that a rule fires on has one verdict, however often it came."""
    lost = hits.keys() - decided_about.keys()
    made_up = decided_about.keys() - hits.keys()
    doubled = [one for one, number in decided_about.items() if number > 1]
    named = {"without a verdict": lost, "with a verdict that none was due": made_up, "with several": doubled}
    return [f"{len(ones)} calls {how}, the first {min(ones)}" for how, ones in named.items() if ones]


def _frames(log: OpenLog) -> Iterator[tuple[Record, list[Verdict]]]:
    for record in _messages(log, Topic.VERDICTS):
        yield record, from_wire(VerdictFrame, record.value or b"").verdicts


def _messages(log: OpenLog, topic: str) -> Iterator[Record]:
    for partition in range(log.partitions(topic)):
        offset = log.begin_offset(topic, partition)
        while page := log.read(topic, partition, offset, PAGE):
            yield from page
            offset = page[-1].offset + 1
