"""Workers share partitions on a real Kafka: one dies, one sleeps, one joins; nothing is lost or counted twice."""

import asyncio
import signal
import time
from collections import Counter
from contextlib import ExitStack

import pytest

from tests.support.child import Child
from tests.support.logs import CHANGELOG
from tests.support.shell_on_kafka import entries, make_topics, produce, written

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(240), pytest.mark.xdist_group("kafka")]

PARTITIONS = 4
KEYS = [b"ada", b"grace", b"edsger", b"barbara", b"tony", b"radia"]
SESSION_S = 10.0


def calls(count):
    """`count` calls to every partition, each partition with keys of its own."""
    return [
        ("calls", partition, b"%s-%d" % (KEYS[number % len(KEYS)], partition), b"call", None)
        for number in range(count)
        for partition in range(PARTITIONS)
    ]


class Workers:
    """Worker processes on one broker, and what was produced for them."""

    def __init__(self, hosts, stack):
        self.hosts = hosts
        self._stack = stack
        self.produced = Counter()

    def start(self):
        url = f"kafka://{','.join(self.hosts)}"
        return self._stack.enter_context(Child("tests.support.counting_app", url, str(PARTITIONS)))

    def produce(self, count):
        made = calls(count)
        asyncio.run(produce(self.hosts, *made))
        self.produced.update(key for _, _, key, _, _ in made)

    def changelog(self):
        return asyncio.run(written(self.hosts, CHANGELOG, PARTITIONS))

    def counts(self):
        """By key, how often its calls were counted, as a recovery would have it now."""
        return {key: int(value.split()[0]) for key, value in entries(self.changelog()).items()}

    def until_counted(self, worker):
        """Wait until everything produced was counted; fails if anything is counted twice."""
        worker.until(lambda _: sum(self.counts().values()) >= self.produced.total(), 60.0)
        assert self.counts() == dict(self.produced)


def held(worker):
    """The partitions that a worker has by its own words."""
    mine = set()
    for line in list(worker.lines):
        mine |= {line["assigned"]} if "assigned" in line else set()
        mine -= {line["revoked"]} if "revoked" in line else set()
    return mine


def share(*workers):
    """Whether these workers hold every partition once between them, none of them nothing."""
    parts = [held(worker) for worker in workers]
    return all(parts) and sum(map(len, parts)) == PARTITIONS == len(set().union(*parts))


@pytest.fixture
def workers(kafka):
    asyncio.run(make_topics(kafka.hosts, PARTITIONS))
    with ExitStack() as stack:
        yield Workers(kafka.hosts, stack)


def test_a_killed_workers_partitions_are_taken_over_and_a_third_worker_gets_its_share(workers):
    first = workers.start()
    first.until(lambda _: share(first))
    second = workers.start()
    second.until(lambda _: share(first, second), 60.0)
    workers.produce(30)
    workers.until_counted(second)
    orphans = held(first)
    workers.produce(30)
    first.send(signal.SIGKILL)
    killed = time.monotonic()
    workers.produce(30)
    second.until(lambda _: orphans <= held(second), 60.0)
    takeover_s = time.monotonic() - killed
    print(f"takeover: {takeover_s:.1f} s after the kill")
    assert takeover_s < SESSION_S + 10.0
    workers.until_counted(second)
    third = workers.start()
    third.until(lambda _: share(second, third), 60.0)
    workers.produce(30)
    workers.until_counted(third)
    assert min(third.found("epoch")) > max(first.found("epoch"))
    for worker in (second, third):
        worker.send(signal.SIGTERM)
        assert worker.wait() == 0


def test_a_worker_that_slept_longer_than_its_session_leaves_and_its_late_writes_are_not_restored(workers):
    sleeper = workers.start()
    sleeper.until(lambda _: share(sleeper))
    workers.produce(10)
    workers.until_counted(sleeper)
    workers.produce(100)
    sleeper.send(signal.SIGSTOP)  # with work in hand
    stopped_s = time.monotonic()
    heir = workers.start()
    heir.until(lambda _: share(heir), 60.0)
    workers.until_counted(heir)
    # The group may give the partitions away earlier: it counts from the heartbeat before the stop.
    time.sleep(max(0.0, stopped_s + SESSION_S + 2.0 - time.monotonic()))
    sleeper.send(signal.SIGCONT)
    assert sleeper.wait() == 70
    assert "longer than the session of 10 s" in sleeper.errors
    assert workers.counts() == dict(workers.produced)
    stale = min(record.epoch for record in workers.changelog() if record.partition == 1)
    late = [
        (CHANGELOG, 1, key, value, stale)
        for key, value in [(b"ada-1", b"99 0"), (b"ghost", b"1 0"), (b"tony-1", None)]
    ]
    asyncio.run(produce(workers.hosts, *late))
    assert workers.counts() == dict(workers.produced)
    heir.send(signal.SIGTERM)
    assert heir.wait() == 0
    successor = workers.start()
    successor.until(lambda _: share(successor), 60.0)
    last = {record.key: record for record in workers.changelog() if record.partition == 1}
    rewritten = {key: last[key].value for key in (b"ada-1", b"ghost", b"tony-1")}
    assert rewritten == {b"ada-1": b"19 106", b"ghost": None, b"tony-1": b"17 104"}
    assert {last[key].epoch for key in rewritten} == {max(record.epoch for record in last.values())}
    workers.produce(10)
    workers.until_counted(successor)
