"""Slack's socket: the server's end of Socket Mode."""

import asyncio
import json
from itertools import count
from typing import Any

from aiohttp import WSMsgType, web

ACK_S = 3.0


class SlackSocket:
    """The websockets an app has open; an envelope counts as delivered when the app has acknowledged it."""

    def __init__(self) -> None:
        self.connections: list[web.WebSocketResponse] = []
        self.acknowledged: list[str] = []
        self._tickets: set[str] = set()
        self._numbers = count(1)
        self._waiting: dict[str, asyncio.Event] = {}

    def ticket(self) -> str:
        """A ticket that opens one connection."""
        ticket = f"ticket-{next(self._numbers)}"
        self._tickets.add(ticket)
        return ticket

    async def connected(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection until either side closes it."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=403)
        self._tickets.discard(ticket)
        websocket = web.WebSocketResponse()
        await websocket.prepare(request)
        self.connections.append(websocket)
        try:
            await websocket.send_json({"type": "hello", "num_connections": len(self.connections)})
            async for message in websocket:
                if message.type is WSMsgType.TEXT:
                    self._acknowledge(json.loads(message.data))
        finally:
            self.connections.remove(websocket)
        return websocket

    async def deliver(self, payload: dict[str, Any]) -> bool:
        """Send an interaction over the newest connection; False where nobody acknowledges it in time."""
        if not self.connections:
            return False
        envelope_id = f"envelope-{next(self._numbers)}"
        done = self._waiting[envelope_id] = asyncio.Event()
        envelope = {"envelope_id": envelope_id, "type": "interactive", "payload": payload}
        try:
            async with asyncio.timeout(ACK_S):
                await self.connections[-1].send_json({**envelope, "accepts_response_payload": True})
                await done.wait()
        except (TimeoutError, ConnectionError):
            return False
        finally:
            del self._waiting[envelope_id]
        return True

    async def refresh(self) -> None:
        """Ask every app to connect again, as Slack does every few hours."""
        for websocket in list(self.connections):
            await websocket.send_json({"type": "disconnect", "reason": "refresh_requested"})

    async def close(self) -> None:
        """Cut every connection."""
        for websocket in list(self.connections):
            await websocket.close()

    def _acknowledge(self, message: dict[str, Any]) -> None:
        envelope_id = str(message.get("envelope_id"))
        self.acknowledged.append(envelope_id)
        if waiting := self._waiting.get(envelope_id):
            waiting.set()
