"""Stream: server-sent events to one open page, for as long as somebody listens."""

from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

from aiohttp import web


async def stream(request: web.Request, events: AsyncGenerator[bytes]) -> web.StreamResponse:
    """Send each event, whole with its blank line, until there are no more or the page has gone.

    A page that is closed or loaded again cuts the connection: that is how every stream ends, and no fault.
    """
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    async with aclosing(events):
        with suppress(ConnectionResetError):
            await response.prepare(request)
            async for event in events:
                await response.write(event)
    return response
