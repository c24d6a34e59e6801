"""What a feed delivers is on the log, each part once, before the feed forgets it."""

import asyncio
import json

import msgspec
import pytest

from streams.bridge.binding import Binding
from streams.bridge.bridge import Bridge
from streams.bridge.framer import MAX_FRAME_BYTES, MAX_FRAME_CALLS
from streams.feeds.feed import Batch, Delivery
from streams.partitioner import partition_of
from streams.records.fingerprint import fingerprint
from streams.records.packed import unpack
from streams.shell.message import Send
from streams.topics import Topic
from tests.support import cloudtrail as ct
from tests.support.bridge import BOUND, NOW_MS, PARTITIONS, WANTED, ListFeed, MemoryLog, carry, deliveries

RECORD = ct.compact(ct.call())
OTHER = ct.compact(ct.call(recipientAccountId="444455556666"))
STOP = ct.compact(ct.stop_logging())


async def test_a_call_is_framed_as_it_came_in_the_partition_of_its_credential():
    _, log = await carry(deliveries(ct.sns(ct.event_bridge(RECORD))), binding=BOUND)
    ((partition, frame),) = log.frames()
    assert partition == partition_of(b"AKIAEXAMPLE", PARTITIONS)
    (call,) = frame.calls
    assert bytes(call.record) == RECORD
    assert (call.position, call.received_ms, call.account) == ("m0#0", NOW_MS, ct.ACCOUNT)
    feed = frame.feeds[call.feed]
    assert (feed.name, feed.account, feed.topic_arn) == ("queue", ct.ACCOUNT, ct.TOPIC)
    assert frame.rules_version == "rules-1"


async def test_calls_of_two_topics_in_one_frame_keep_their_own():
    other = ct.TOPIC + "-2"
    binding = Binding({ct.TOPIC: ct.ACCOUNT, other: ct.ACCOUNT})
    bodies = [ct.sns(RECORD), ct.sns(RECORD, other), ct.sns(RECORD)]
    _, log = await carry(deliveries(*bodies), binding=binding)
    ((_, frame),) = log.frames()
    assert [frame.feeds[call.feed].topic_arn for call in frame.calls] == [ct.TOPIC, other, ct.TOPIC]


async def test_every_part_is_counted_once():
    unwanted = ct.compact(ct.call(eventName="DescribeTrails"))
    pointer = b'{"s3Bucket":"b","s3ObjectKey":["k"]}'
    _, log = await carry(deliveries(RECORD, unwanted, b"garbage", b"", pointer))
    assert log.counts() == {
        "accepted": 1,
        f"accepted:{ct.ACCOUNT}": 1,
        "unwanted": 1,
        f"unwanted:{ct.ACCOUNT}": 1,
        "dead_letter": 1,
        "dead_letter:-": 1,
        "control": 1,
        "control:-": 1,
        "pointer": 1,
        "pointer:-": 1,
    }
    assert log.records() == [RECORD]
    assert [(letter.reason, letter.detail) for letter in log.dead_letters()] == [
        ("not_json", "neither JSON nor anything that AWS sends as text"),
        ("pointer_not_read", "s3://b/k"),
    ]


async def test_a_batch_is_one_append_and_forgotten_after_it():
    position = Send(Topic.FEED_POSITIONS, b"queue/a", b"{}")
    batch = Batch([Delivery(RECORD, "a"), Delivery(b"garbage", "b")], [position], receipt="a and b")
    feed, log = await carry(batch)
    assert feed.forgotten == [(Batch((), (), "a and b"), 1)]
    topics = {send.topic for send in log.appends[0]}
    assert topics == {Topic.CALLS, Topic.DEAD_LETTERS, Topic.COMMANDS, Topic.INTAKE, Topic.FEED_POSITIONS}


async def test_nothing_is_forgotten_when_the_log_refuses():
    log = MemoryLog()
    log.fails = True
    feed = ListFeed([deliveries(RECORD)], log)
    with pytest.raises(OSError, match="disk is full"):
        await Bridge(feed, log, lambda: NOW_MS, WANTED, partitions=PARTITIONS).run(asyncio.Event())
    assert feed.forgotten == []


async def test_a_feed_that_breaks_says_so_after_what_it_delivered_is_safe():
    log = MemoryLog()
    feed = ListFeed([deliveries(RECORD), None], log)
    delivered = feed.batches

    async def breaking():
        async for batch in delivered():
            if batch is None:
                raise ConnectionError("gone")
            yield batch

    feed.batches = breaking
    with pytest.raises(ConnectionError):
        await Bridge(feed, log, lambda: NOW_MS, WANTED, partitions=PARTITIONS).run(asyncio.Event())
    assert log.records() == [RECORD]


async def test_stop_ends_a_feed_that_would_wait_for_ever():
    log = MemoryLog()
    feed = ListFeed([], log)
    closed = asyncio.Event()

    async def waiting():
        try:
            yield deliveries(RECORD)
            await asyncio.sleep(3600)
        finally:
            closed.set()

    feed.batches = waiting
    stop = asyncio.Event()
    running = asyncio.create_task(Bridge(feed, log, lambda: NOW_MS, WANTED, partitions=PARTITIONS).run(stop))
    await asyncio.wait_for(feed.told.wait(), 2)
    stop.set()
    await asyncio.wait_for(running, 2)
    assert closed.is_set()


async def test_a_call_outside_the_binding_is_a_dead_letter_and_one_page_an_hour():
    batch = deliveries(ct.sns(OTHER), ct.sns(RECORD), ct.sns(OTHER))
    _, log = await carry(batch, batch, binding=BOUND)
    assert log.records() == [RECORD, RECORD]
    assert {letter.reason for letter in log.dead_letters()} == {"unbound_account"}
    assert {letter.body for letter in log.dead_letters()} == {OTHER}
    ids = {(incident.incident_id, incident.urgency) for incident in log.incidents()}
    assert ids == {("unbound_account-queue-2026-01-02T03", "high")}


async def test_an_unreadable_sensitive_call_pages_high_by_itself():
    _, log = await carry(deliveries(ct.sns(STOP[:-9]), b"garbage", ct.sns(STOP[:-9])), binding=BOUND)
    pages = {(incident.kind, incident.urgency, incident.account) for incident in log.incidents()}
    assert pages == {("unreadable_sensitive", "high", ct.ACCOUNT), ("dead_letters", "low", "-")}
    assert len({incident.incident_id for incident in log.incidents()}) == 2
    assert [letter.sensitive for letter in log.dead_letters()] == [
        ["cloudtrail.amazonaws.com:StopLogging"],
        [],
        ["cloudtrail.amazonaws.com:StopLogging"],
    ]


async def test_a_record_that_makes_a_decision_raise_is_its_own_dead_letter():
    def may_match(fields):
        return fields["requestParameters"]["userName"] == "grace"

    poison = ct.compact(ct.stop_logging(requestParameters="text"))
    _, log = await carry(deliveries(RECORD, poison, RECORD), wanted=WANTED._replace(may_match=may_match))
    assert log.records() == [RECORD, RECORD]
    (letter,) = log.dead_letters()
    assert letter.reason == "exception"
    assert "may_match" in letter.traceback
    assert log.incidents()[0].kind == "unreadable_sensitive"


async def test_a_dead_letter_keeps_the_first_64_kilobytes():
    _, log = await carry(deliveries(b"x" * 200_000))
    assert log.dead_letters()[0].body == b"x" * 65_536


async def test_every_framed_call_carries_the_fingerprint_of_its_record():
    _, log = await carry(deliveries(ct.log_file(RECORD, ct.compact(ct.stop_logging()))))
    calls = [call for _, frame in log.frames() for call in frame.calls]
    assert len(calls) == 2
    assert [call.mark for call in calls] == [fingerprint(json.loads(bytes(call.record))) for call in calls]


async def test_frames_are_cut_by_size_and_by_count():
    small = ct.compact({"eventSource": "a", "eventName": "b", "eventID": "c"})
    large = ct.compact(ct.call(requestParameters={"p": "x" * 100_000}))
    _, log = await carry(deliveries(ct.log_file(*[small] * 4_500)), deliveries(ct.log_file(*[large] * 12)))
    sizes = [len(unpack(send.value)) for send in log.sends(Topic.CALLS)]
    assert max(sizes) <= MAX_FRAME_BYTES
    assert max(len(frame.calls) for _, frame in log.frames()) == MAX_FRAME_CALLS
    assert sorted(log.records()) == sorted([small] * 4_500 + [large] * 12)


async def test_heads_count_in_the_size_of_a_frame():
    long = [
        ct.compact(ct.call(userIdentity={"type": "IAMUser", "arn": f"{n:03}" + "x" * 50_000})) for n in range(12)
    ]
    _, log = await carry(deliveries(ct.log_file(*long)))
    sizes = [len(unpack(send.value)) for send in log.sends(Topic.CALLS)]
    assert len(sizes) > 1
    assert max(sizes) <= MAX_FRAME_BYTES


async def test_a_delivery_too_large_for_one_append_keeps_its_position_for_the_last():
    large = ct.compact(ct.call(requestParameters={"p": "x" * 200_000}))
    position = Send(Topic.FEED_POSITIONS, b"queue/a", b"{}")
    _, log = await carry(Batch([Delivery(ct.log_file(*[large] * 60), "a", file="a.json")], [position]))
    assert len(log.appends) == 2
    assert position in log.appends[-1]
    assert len(log.records()) == 60


async def test_a_cancelled_bridge_closes_its_feed():
    log = MemoryLog()
    feed = ListFeed([], log)
    closed = asyncio.Event()

    async def flooding():
        try:
            while True:
                yield deliveries(RECORD)
                await asyncio.sleep(0)
        finally:
            closed.set()

    async def hanging(_sends):
        await asyncio.sleep(3600)

    feed.batches, log.append = flooding, hanging
    running = asyncio.create_task(Bridge(feed, log, lambda: NOW_MS, WANTED, partitions=8).run(asyncio.Event()))
    await asyncio.sleep(0.2)
    running.cancel()
    await asyncio.wait_for(asyncio.gather(running, return_exceptions=True), 2)
    assert closed.is_set()


@pytest.mark.parametrize("odd", [b'"\xff"', b'"\\ud800\\u0041"', b"1e999", b"1" * 5_000])
@pytest.mark.parametrize("wrapped", [lambda record: record, lambda record: ct.log_file(RECORD, record)])
async def test_only_a_record_that_decodes_whole_gets_a_mark(odd, wrapped):
    """Triage goes by the mark, and reads of most records the head alone."""
    broken = RECORD.removesuffix(b"}") + b',"additionalEventData":{"x":' + odd + b"}}"
    _, log = await carry(deliveries(wrapped(broken), RECORD))
    calls = [call for _, frame in log.frames() for call in frame.calls]
    assert [msgspec.json.decode(call.record)["eventName"] for call in calls] == ["CreateUser"] * len(calls)
    assert len(log.dead_letters()) == 1
