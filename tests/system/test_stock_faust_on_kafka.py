"""What stock Faust 0.15.3 loses on a real Kafka, and that the shell does not: each test shows both."""

import asyncio
import signal
import time

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError

from tests.support import stock_app
from tests.support.child import Child
from tests.support.logs import CHANGELOG
from tests.support.shell_on_kafka import TOPICS, entries, make_topics, produce, written

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(180), pytest.mark.xdist_group("kafka")]

START_S = 60.0
HANG_S = 8.0
"""Above the five seconds after which Faust looks again whether its recovery is done."""


@pytest.fixture
def hosts(kafka):
    asyncio.run(make_topics(kafka.hosts, 1, [*TOPICS, stock_app.CHANGELOG, "elsewhere"]))
    return kafka.hosts


def stock(hosts, kind):
    return Child("tests.support.stock_app", hosts[0], kind)


def shell(hosts):
    return Child("tests.support.shell_app", f"kafka://{hosts[0]}", "1")


def call(hosts, *values, key=b"k"):
    asyncio.run(produce(hosts, *[("calls", 0, key, value, None) for value in values]))


def committed(hosts, group):
    """The next offset of `calls` that a group reads; None if it has never committed."""

    async def ask():
        admin = AIOKafkaAdminClient(bootstrap_servers=hosts)
        await admin.start()
        try:
            offsets = await admin.list_consumer_group_offsets(group)
        except GroupCoordinatorNotAvailableError:
            return None  # no group has come to this broker yet
        finally:
            await admin.close()
        found = offsets.get(TopicPartition("calls", 0))
        return found and found.offset

    return asyncio.run(ask())


def kill(worker):
    worker.send(signal.SIGKILL)
    worker.wait()


def test_an_agent_that_raises_loses_the_message_and_the_shell_does_not(hosts):
    call(hosts, b"one", b"poison", b"after")
    with stock(hosts, "bytes") as worker:
        worker.until(lambda _: committed(hosts, stock_app.GROUP) == 3, START_S)
        kill(worker)
    call(hosts, b"last")
    with stock(hosts, "bytes") as worker:
        worker.until(lambda child: 3 in child.found("handled"), START_S)
        assert 1 not in worker.found("offset"), "fixed upstream (F2)"
    for _ in range(2):
        with shell(hosts) as worker:
            assert worker.wait(START_S) == 70
        assert "agent triage failed at calls[0] offset 1" in worker.errors
        assert committed(hosts, "countersign") in {None, -1, 0, 1}


def test_a_table_of_dicts_never_recovers_and_the_shells_table_does(hosts):
    call(hosts, b"one")
    with stock(hosts, "dicts") as worker:
        worker.until(lambda _: committed(hosts, stock_app.GROUP) == 1, START_S)
        kill(worker)
    assert [record.key for record in asyncio.run(written(hosts, stock_app.CHANGELOG, 1))] == [b"k"]
    with stock(hosts, "dicts") as worker:
        worker.until(lambda child: "has no attribute 'from_data'" in child.errors, START_S)
        time.sleep(HANG_S)
        assert worker.found("recovered") == [], "fixed upstream (F8, F17, F25)"
    with shell(hosts) as worker:
        worker.until(lambda _: committed(hosts, "countersign") == 1, START_S)
        kill(worker)
    with shell(hosts) as worker:
        worker.until(lambda child: child.found("assigned"), START_S)
        assert worker.found("entries") == [{"k": "one"}]


def test_a_failed_changelog_write_is_only_logged_and_ends_the_shells_process(kafka):
    names = [*TOPICS, stock_app.CHANGELOG]
    asyncio.run(make_topics(kafka.hosts, 1, names, **{"max.message.bytes": "1000"}))
    call(kafka.hosts, b"x" * 5_000)
    with stock(kafka.hosts, "bytes") as worker:
        worker.until(lambda _: committed(kafka.hosts, stock_app.GROUP) == 1, START_S)
        kill(worker)
    assert asyncio.run(written(kafka.hosts, stock_app.CHANGELOG, 1)) == [], "fixed upstream (F4)"
    with shell(kafka.hosts) as worker:
        assert worker.wait(START_S) == 70
    assert "agent triage could not finish a message" in worker.errors
    assert committed(kafka.hosts, "countersign") in {None, -1, 0}


def test_what_cannot_be_decoded_is_lost_and_reaches_the_shells_handler(hosts):
    call(hosts, b"1", b"{broken", b"3")
    with stock(hosts, "numbers") as worker:
        worker.until(lambda _: committed(hosts, stock_app.GROUP) == 3, START_S)
        assert 1 not in worker.found("offset"), "fixed upstream (F13)"
    with shell(hosts) as worker:
        worker.until(lambda child: child.found("handled") == [0, 1, 2], START_S)


def test_a_record_can_choose_where_the_answer_goes_and_the_shell_does_not_answer(hosts):
    async def ask():
        producer = AIOKafkaProducer(bootstrap_servers=hosts, acks="all")
        await producer.start()
        headers = [("Faust-Ag-ReplyTo", b"elsewhere"), ("Faust-Ag-CorrelationId", b"1")]
        await producer.send_and_wait("calls", value=b"secret", key=b"k", partition=0, headers=headers)
        await producer.stop()

    asyncio.run(ask())
    with shell(hosts) as worker:
        worker.until(lambda _: committed(hosts, "countersign") == 1, START_S)
    assert asyncio.run(written(hosts, "elsewhere", 1)) == []
    with stock(hosts, "replies") as worker:
        worker.until(lambda _: asyncio.run(written(hosts, "elsewhere", 1)), START_S)


def test_what_a_former_owner_writes_late_is_restored_and_the_shell_passes_it_over(hosts):
    call(hosts, b"one")
    with shell(hosts) as worker:
        worker.until(lambda _: committed(hosts, "countersign") == 1, START_S)
        kill(worker)
    with stock(hosts, "bytes") as worker:
        worker.until(lambda _: committed(hosts, stock_app.GROUP) == 1, START_S)
        kill(worker)
    late = [(topic, 0, b"ghost", b"late", None) for topic in (CHANGELOG, stock_app.CHANGELOG)]
    asyncio.run(produce(hosts, *late))
    with stock(hosts, "bytes") as worker:
        worker.until(lambda child: child.found("recovered"), START_S)
        assert worker.found("recovered") == [["ghost", "k"]]
    with shell(hosts) as worker:
        worker.until(lambda child: child.found("assigned"), START_S)
        assert worker.found("entries") == [{"k": "one"}]
    assert entries(asyncio.run(written(hosts, CHANGELOG, 1))) == {b"k": b"one"}
