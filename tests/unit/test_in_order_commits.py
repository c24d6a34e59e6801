"""F1: stock Faust commits past a message that is in hand; our consumer does not."""

import asyncio

import pytest
from faust.transport.consumer import Consumer
from hypothesis import given
from hypothesis import strategies as st

from streams.shell.commits import InOrderCommits
from tests.support.stock import CALLS, Bookkeeping, consumer, hand_out


class Stock(Bookkeeping, Consumer):
    pass


class Ours(InOrderCommits, Stock):
    pass


async def test_stock_faust_still_commits_past_a_message_in_hand():
    stock = consumer(Stock, committed=2585)
    messages = hand_out(stock, 2585, 2586, 2587)
    for offset in (2586, 2587):
        stock.ack(messages[offset])
    assert stock._new_offset(CALLS) == 2588, "fixed upstream: InOrderCommits may go"


async def test_our_consumer_waits_for_the_first_message_in_hand():
    ours = consumer(Ours, committed=2585)
    messages = hand_out(ours, 2585, 2586, 2587)
    for offset in (2586, 2587):
        ours.ack(messages[offset])
    assert ours._new_offset(CALLS) is None
    ours.ack(messages[2585])
    assert ours._new_offset(CALLS) == 2588


async def test_nothing_is_committed_when_nothing_was_committed_and_the_first_is_in_hand():
    ours = consumer(Ours)
    messages = hand_out(ours, 4, 5, 6)
    ours.ack(messages[5])
    ours.ack(messages[6])
    assert ours._new_offset(CALLS) is None


async def test_gaps_that_compaction_left_hold_nothing_up():
    ours = consumer(Ours, committed=10)
    messages = hand_out(ours, 17, 40, 41)
    for message in messages.values():
        ours.ack(message)
    assert ours._new_offset(CALLS) == 42


async def test_after_a_seek_either_acknowledgement_of_a_message_will_do():
    ours = consumer(Ours, committed=3)
    first = hand_out(ours, 3, 4)
    ours.ack(first[4])
    await ours.perform_seek()
    again = hand_out(ours, 3, 4)
    assert ours._new_offset(CALLS) is None
    ours.ack(again[3])
    assert ours._new_offset(CALLS) == 5


async def test_a_message_that_got_lost_before_a_seek_holds_nothing_up_for_ever():
    ours = consumer(Ours, committed=3)
    hand_out(ours, 3, 4)
    await ours.perform_seek()
    for message in hand_out(ours, 3, 4).values():
        ours.ack(message)
    assert ours._new_offset(CALLS) == 5


async def test_what_is_handed_out_again_below_the_committed_offset_holds_nothing_up():
    ours = consumer(Ours, committed=3)
    again = hand_out(ours, 3, 4, 5)
    ours._committed_offset[CALLS] = 5  # a commit under way when the seek was made
    for message in again.values():
        ours.ack(message)
    assert ours._new_offset(CALLS) == 6


async def test_a_revoked_partition_is_forgotten():
    ours = consumer(Ours, committed=3)
    hand_out(ours, 3)
    await ours.on_partitions_revoked({CALLS})
    later = hand_out(ours, 9)
    ours.ack(later[9])
    assert ours._new_offset(CALLS) == 10


@given(st.permutations(range(12)), st.integers(0, 12))
async def test_whatever_the_order_no_commit_passes_a_message_in_hand(order, upto):
    ours = consumer(Ours, committed=0)
    messages = hand_out(ours, *range(12))
    committed = 0
    acknowledged = set()
    for offset in order[:upto]:
        ours.ack(messages[offset])
        acknowledged.add(offset)
        committed = ours._new_offset(CALLS) or committed
        assert set(range(committed)) <= acknowledged
    assert committed == next(offset for offset in range(13) if offset not in acknowledged)


async def test_a_message_that_need_not_wait_makes_no_task():
    ours, tasks = consumer(Ours), len(asyncio.all_tasks())
    told = []

    async def hand() -> None:
        told.append(len(asyncio.all_tasks()))

    found = await ours.wait_first(hand(), asyncio.Event().wait())
    assert (told, found.stopped) == ([tasks], False)


async def test_a_message_that_waits_is_given_up_when_the_flow_stops():
    ours, room, stopped = consumer(Ours), asyncio.Queue(1), asyncio.Event()
    room.put_nowait("full")
    waiting = asyncio.ensure_future(ours.wait_first(room.put("more"), stopped.wait()))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    stopped.set()
    found = await asyncio.wait_for(waiting, 1)
    assert len(found.done) == 1
    room.get_nowait()
    await asyncio.sleep(0.01)
    assert room.empty()


async def test_a_message_that_waits_for_room_gets_it():
    ours, room = consumer(Ours), asyncio.Queue(1)
    room.put_nowait("full")
    waiting = asyncio.ensure_future(ours.wait_first(room.put("more"), asyncio.Event().wait()))
    await asyncio.sleep(0.01)
    room.get_nowait()
    await asyncio.wait_for(waiting, 1)
    assert room.get_nowait() == "more"


async def test_what_handing_over_raises_at_once_leaves_nothing_behind():
    async def hand() -> None:
        raise ValueError("now")

    stopped = asyncio.Event().wait()
    with pytest.raises(ValueError, match="now"):
        await consumer(Ours).wait_first(hand(), stopped)
    assert stopped.cr_frame is None  # closed
