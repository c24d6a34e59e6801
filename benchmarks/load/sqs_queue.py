"""Queue: just enough of SQS over HTTP for a load that moto's server cannot keep up with (it manages 50 calls/s).

The JSON protocol of SQS (X-Amz-Target: AmazonSQS.ReceiveMessage and so on), with long polls and visibility
timeouts. What SQS means is tested against moto; this one only must be quick.
"""

import asyncio
import hashlib
import json
import threading
import uuid
from collections import deque
from collections.abc import Iterable
from typing import Any, Self

from aiohttp import web

CALL_S = 10.0
LOOK_S = 0.02


class Queue:
    """One queue on an event loop of its own; messages come by `put`, not over HTTP."""

    def __init__(self) -> None:
        self.endpoint = ""
        self._waiting: deque[str] = deque()
        self._hidden: dict[str, tuple[float, str]] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="queue", daemon=True)
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """The queue's URL."""
        return f"{self.endpoint}/000000000000/countersign"

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(CALL_S)
        return self

    def __exit__(self, *ended: object) -> None:
        assert self._runner is not None
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(CALL_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CALL_S)
        self._loop.close()

    def put(self, bodies: Iterable[str]) -> None:
        """Append messages."""
        self._loop.call_soon_threadsafe(self._waiting.extend, list(bodies))

    async def _start(self) -> None:
        app = web.Application(client_max_size=1 << 20)
        app.router.add_post("/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.endpoint = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def _serve(self, request: web.Request) -> web.Response:
        action = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
        sent = json.loads(await request.read())
        match action:
            case "ReceiveMessage":
                answer = await self._receive(sent)
            case "DeleteMessageBatch":
                answer = self._delete(sent)
            case "ChangeMessageVisibilityBatch":
                answer = self._show(sent)
            case _:
                return web.json_response({"__type": "UnsupportedOperation"}, status=400)
        return web.json_response(answer, content_type="application/x-amz-json-1.0")

    async def _receive(self, sent: dict[str, Any]) -> dict[str, Any]:
        until = self._loop.time() + int(sent.get("WaitTimeSeconds", 0))
        while not self._waiting and self._loop.time() < until:
            await asyncio.sleep(LOOK_S)
            self._again()
        messages: list[dict[str, str]] = []
        while self._waiting and len(messages) < int(sent.get("MaxNumberOfMessages", 1)):
            body, receipt = self._waiting.popleft(), str(uuid.uuid4())
            self._hidden[receipt] = (self._loop.time() + int(sent.get("VisibilityTimeout", 30)), body)
            digest = hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()
            messages.append({"MessageId": receipt, "ReceiptHandle": receipt, "MD5OfBody": digest, "Body": body})
        return {"Messages": messages} if messages else {}

    def _again(self) -> None:
        """What nobody deleted in time is to be had again."""
        for receipt, (until, body) in list(self._hidden.items()):
            if until > self._loop.time():
                break  # they were hidden in this order, all for as long
            del self._hidden[receipt]
            self._waiting.append(body)

    def _delete(self, sent: dict[str, Any]) -> dict[str, Any]:
        for entry in sent["Entries"]:
            self._hidden.pop(entry["ReceiptHandle"], None)
        return {"Successful": [{"Id": entry["Id"]} for entry in sent["Entries"]], "Failed": []}

    def _show(self, sent: dict[str, Any]) -> dict[str, Any]:
        for entry in sent["Entries"]:
            found = self._hidden.pop(entry["ReceiptHandle"], None)
            if found is not None:
                self._waiting.append(found[1])
        return {"Successful": [{"Id": entry["Id"]} for entry in sent["Entries"]], "Failed": []}
