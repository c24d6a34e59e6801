"""The SQS feed against moto: topics fan out to a queue, and a message leaves it only when its calls are safe."""

import asyncio
from urllib.request import Request, urlopen

import boto3
import pytest
from moto.server import ThreadedMotoServer

from streams.bridge.binding import Binding
from streams.bridge.bridge import Bridge
from streams.feeds.aws import sqs_client
from streams.feeds.metrics import FAULTS
from streams.feeds.sqs import SqsFeed
from tests.support import cloudtrail as ct
from tests.support.bridge import NOW_MS, WANTED, MemoryLog

pytestmark = pytest.mark.slow
CALLS = 25


class Queue:
    """A topic with a queue behind it, in an AWS of its own."""

    def __init__(self, endpoint_url: str) -> None:
        self.sns = boto3.client("sns", "eu-west-1", endpoint_url=endpoint_url)
        self.sqs = boto3.client("sqs", "eu-west-1", endpoint_url=endpoint_url)
        self.topic_arn = self.sns.create_topic(Name="countersign")["TopicArn"]
        self.url = self.sqs.create_queue(QueueName="calls")["QueueUrl"]
        queue_arn = self.attributes("QueueArn")["QueueArn"]
        self.sns.subscribe(TopicArn=self.topic_arn, Protocol="sqs", Endpoint=queue_arn)
        self.binding = Binding(topics={self.topic_arn: ct.ACCOUNT})

    def attributes(self, *names: str) -> dict[str, str]:
        return self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=list(names))["Attributes"]

    def left(self) -> int:
        """Messages in the queue, also those in somebody's hand."""
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        return sum(int(number) for number in self.attributes(*names).values())

    def publish(self, count: int = CALLS) -> list[bytes]:
        records = [ct.compact(ct.call(eventID=f"call-{number}")) for number in range(count)]
        for record in records:
            self.sns.publish(TopicArn=self.topic_arn, Message=ct.event_bridge(record).decode())
        return records

    def feed(self, **options) -> SqsFeed:
        return SqsFeed("queue", self.url, self.binding, sqs_client(self.url), wait_s=1, **options)


@pytest.fixture
def queue(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    urlopen(Request(f"{url}/moto-api/reset", method="POST"), timeout=5).close()  # state outlives its server
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    yield Queue(url)
    server.stop()


class GatedLog(MemoryLog):
    """A log whose appends wait until it is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()
        self.open = asyncio.Event()

    async def append(self, sends) -> None:
        self.asked.set()
        await self.open.wait()
        await super().append(sends)


async def until(condition, timeout_s: float = 20) -> None:
    async with asyncio.timeout(timeout_s):
        while not await asyncio.to_thread(condition):  # noqa: ASYNC110 - it is another machine's state
            await asyncio.sleep(0.05)


async def test_a_message_is_deleted_only_after_its_calls_are_on_the_log(queue):
    records = queue.publish()
    log, stop = GatedLog(), asyncio.Event()
    running = asyncio.create_task(Bridge(queue.feed(), log, lambda: NOW_MS, WANTED, partitions=8).run(stop))
    await asyncio.wait_for(log.asked.wait(), 20)
    await asyncio.sleep(0.5)
    assert queue.left() == CALLS
    log.open.set()
    await until(lambda: queue.left() == 0)
    assert sorted(log.records()) == sorted(records)
    stop.set()
    await asyncio.wait_for(running, 10)


async def test_a_message_that_was_not_deleted_comes_again(queue):
    records = queue.publish()
    broken, stop = MemoryLog(), asyncio.Event()
    broken.fails = True
    feed = queue.feed(visibility_s=2)
    with pytest.raises(OSError, match="disk is full"):
        await Bridge(feed, broken, lambda: NOW_MS, WANTED, partitions=8).run(stop)
    assert queue.left() == CALLS
    log = MemoryLog()
    running = asyncio.create_task(Bridge(queue.feed(), log, lambda: NOW_MS, WANTED, partitions=8).run(stop))
    await until(lambda: set(log.records()) == set(records))
    await until(lambda: queue.left() == 0)
    stop.set()
    await asyncio.wait_for(running, 10)


async def test_what_nobody_took_is_free_again_at_once_after_a_stop(queue):
    queue.publish(40)
    batches = queue.feed(visibility_s=600).batches()
    taken = await asyncio.wait_for(anext(batches), 10)
    await asyncio.sleep(0.3)
    await asyncio.wait_for(batches.aclose(), 10)
    visible = int(queue.attributes("ApproximateNumberOfMessages")["ApproximateNumberOfMessages"])
    # A publish that was retried may have made one more; a message may be handed out twice, here as at AWS.
    assert 40 - len(taken.deliveries) <= visible < queue.left()


async def test_what_is_in_hand_at_a_stop_is_deleted_after_it(queue):
    queue.publish()
    feed = queue.feed()
    batches = feed.batches()
    taken = await asyncio.wait_for(anext(batches), 10)
    await asyncio.wait_for(batches.aclose(), 10)
    await asyncio.wait_for(feed.done(taken._replace(deliveries=())), 10)
    assert queue.left() == CALLS - len(taken.deliveries)


async def test_garbage_is_a_dead_letter_and_leaves_the_queue(queue):
    queue.sqs.send_message(QueueUrl=queue.url, MessageBody="garbage")
    log, stop = MemoryLog(), asyncio.Event()
    running = asyncio.create_task(Bridge(queue.feed(), log, lambda: NOW_MS, WANTED, partitions=8).run(stop))
    await until(lambda: queue.left() == 0)
    stop.set()
    await asyncio.wait_for(running, 10)
    assert [letter.body for letter in log.dead_letters()] == [b"garbage"]


async def test_a_queue_that_cannot_be_reached_is_tried_again_and_delays_nobody(queue, monkeypatch):
    records = queue.publish(5)
    nowhere = "http://127.0.0.1:9/queue"
    client = sqs_client(nowhere, "eu-west-1", "http://127.0.0.1:9")
    dead = SqsFeed("dead", nowhere, Binding(), client, jitter=lambda: 0.0)
    log, stop = MemoryLog(), asyncio.Event()
    running = [
        asyncio.create_task(Bridge(feed, log, lambda: NOW_MS, WANTED, partitions=8).run(stop))
        for feed in (dead, queue.feed())
    ]
    await until(lambda: set(log.records()) == set(records), 5)
    await until(lambda: FAULTS.labels("dead", "receive")._value.get() > 4)
    stop.set()
    await asyncio.wait_for(asyncio.gather(*running), 10)
