"""What stock Faust 0.15.3 still loses, so that an upgrade that changes it is noticed (F2, F3, F19)."""

import asyncio
import contextlib

from faust.events import Event
from faust.transport.consumer import Consumer
from faust.transport.producer import ProducerBuffer
from faust.types.tuples import FutureMessage

from tests.support.stock import Bookkeeping, app, consumer, hand_out


class Stock(Bookkeeping, Consumer):
    pass


async def test_an_exception_in_an_agent_still_acknowledges_the_message():
    stock = consumer(Stock, committed=0)
    (message,) = hand_out(stock, 0).values()
    message.refcount = 1
    stream = stock.app.stream(stock.app.channel())
    stock.app.flow_control.resume()
    stock.app.consumer_generation_id = message.generation_id
    with contextlib.suppress(ValueError):
        async with asyncio.timeout(5), contextlib.aclosing(aiter(stream)) as values:
            await stream.channel.put(Event(stock.app, b"k", b"v", None, message))
            async for _ in values:
                raise ValueError
    assert message.acked, "fixed upstream (F2)"


async def test_a_flush_still_returns_before_everything_is_sent():
    buffer = ProducerBuffer()
    buffer.app = app()

    async def hang(_message):
        await asyncio.sleep(60)

    buffer._send_pending = hang
    await buffer.start()
    for _ in range(3):
        buffer.put(FutureMessage(None))
    await asyncio.sleep(0)
    await buffer.flush()
    assert buffer.size == 2, "fixed upstream (F3)"
    buffer.pending = asyncio.Queue()
    await buffer.stop()


def test_the_web_server_with_the_tables_is_still_on_by_default():
    import faust

    conf = faust.App("stock", broker="kafka://127.0.0.1:1").conf
    assert conf.web_enabled
    assert conf.web_tables_enabled, "fixed upstream (F19)"
