"""SQS: a feed of one queue, read by long polls in a small pool of threads."""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

import structlog

from streams.bridge.binding import Binding
from streams.feeds.feed import Batch, Delivery
from streams.feeds.metrics import FAULTS
from streams.feeds.retry import Backoff
from streams.shell.failpoints import step

POLLS = 4
WAIT_S = 5
"""The long poll's length: SIGTERM waits for the polls under way, so that none takes messages into the void."""
VISIBILITY_S = 30
"""A message that nobody deleted comes again after this: the pipeline's own promise is 30 s from arrival."""
DELETES = 4
"""So many threads are left for deleting, however long the polls take."""
DELETE_ATTEMPTS = 3
_A_BATCH = 10

_log = structlog.get_logger(__name__)
T = TypeVar("T")
Messages = list[dict[str, Any]]


class SqsFeed:
    """One queue. `client` is a boto3 SQS client with timeouts (see `sqs_client`).

    A message is deleted only by `done`; one that is not comes again after `visibility_s`. No message can hold up
    another: whatever it holds ends as a call, a count or a dead letter. Requests that fail are tried again for
    ever, with jittered waits of up to 30 s.
    """

    def __init__(
        self,
        name: str,
        queue_url: str,
        binding: Binding,
        client: Any,
        *,
        backfill: bool = False,
        wait_s: int = WAIT_S,
        visibility_s: int = VISIBILITY_S,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.name = name
        self.binding = binding
        self.backfill = backfill
        self._queue_url = queue_url
        self._client = client
        self._wait_s = wait_s
        self._visibility_s = visibility_s
        self._jitter = jitter
        self._pool = ThreadPoolExecutor(POLLS + DELETES, thread_name_prefix=f"sqs-{name}")
        self._received: asyncio.Queue[Messages] = asyncio.Queue(POLLS)
        self._stopping = asyncio.Event()

    async def batches(self) -> AsyncGenerator[Batch, None]:
        """A batch a poll that brought something, until closed; then what nobody took goes back to the queue."""
        polls = [asyncio.create_task(self._poll()) for _ in range(POLLS)]
        try:
            while True:
                messages = await self._received.get()
                yield Batch([_delivery(one) for one in messages], receipt=[_handle(one) for one in messages])
        finally:
            await self._wind_up(polls)

    async def done(self, batch: Batch) -> None:
        """Delete the messages; those that cannot be come again, and are known by then."""
        left: Messages = batch.receipt
        for attempt in range(DELETE_ATTEMPTS):
            chunks = [left[start : start + _A_BATCH] for start in range(0, len(left), _A_BATCH)]
            kept = await asyncio.gather(*(self._delete(chunk) for chunk in chunks))
            left = [message for chunk in kept for message in chunk]
            if not left:
                return
            await asyncio.sleep((attempt + 1) * 0.2 * (0.5 + self._jitter()))
        _log.warning("sqs_not_deleted", feed=self.name, messages=len(left))

    async def _poll(self) -> None:
        backoff = Backoff(self._jitter)
        while not self._stopping.is_set():
            try:
                messages = await step("sqs.receive", self._in_thread(self._receive))
            except Exception as error:  # noqa: BLE001 - network, AWS or parser: the next poll may work
                wait_s = backoff.failed()
                self._fault("receive", error, wait_s)
                await self._pause(wait_s)
                continue
            backoff.worked()
            if messages:
                await self._received.put(messages)

    def _receive(self) -> Messages:
        answer = self._client.receive_message(
            QueueUrl=self._queue_url,
            MaxNumberOfMessages=_A_BATCH,
            WaitTimeSeconds=self._wait_s,
            VisibilityTimeout=self._visibility_s,
        )
        messages: Messages = answer.get("Messages", [])
        return messages

    async def _delete(self, messages: Messages) -> Messages:
        """Delete up to ten; gives back those that are still there."""
        try:
            answer = await step("sqs.delete", self._in_thread(lambda: self._request_delete(messages)))
        except Exception as error:  # noqa: BLE001 - what is not deleted comes again, and is known by then
            self._fault("delete", error, 0)
            return messages
        failed = {int(one["Id"]) for one in answer.get("Failed", [])}
        return [message for index, message in enumerate(messages) if index in failed]

    def _request_delete(self, messages: Messages) -> dict[str, Any]:
        answer: dict[str, Any] = self._client.delete_message_batch(
            QueueUrl=self._queue_url,
            Entries=[
                {"Id": str(index), "ReceiptHandle": message["ReceiptHandle"]}
                for index, message in enumerate(messages)
            ],
        )
        return answer

    async def _wind_up(self, polls: Sequence[asyncio.Task[None]]) -> None:
        self._stopping.set()
        ending = asyncio.gather(*polls, return_exceptions=True)
        while not ending.done() or not self._received.empty():
            try:
                async with asyncio.timeout(0.1):
                    await self._release(await self._received.get())
            except TimeoutError:
                continue
        # The pool stays open: what the bridge still has in hand is deleted after this.

    async def _release(self, messages: Messages) -> None:
        entries = [
            {"Id": str(index), "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 0}
            for index, message in enumerate(messages)
        ]
        change = self._client.change_message_visibility_batch
        try:
            await step("sqs.release", self._in_thread(lambda: change(QueueUrl=self._queue_url, Entries=entries)))
        except Exception as error:  # noqa: BLE001 - what is not released comes again later
            self._fault("release", error, 0)

    async def _pause(self, wait_s: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._stopping.wait()

    def _in_thread(self, request: Callable[[], T]) -> Awaitable[T]:
        return asyncio.get_running_loop().run_in_executor(self._pool, request)

    def _fault(self, request: str, error: Exception, wait_s: float) -> None:
        FAULTS.labels(self.name, request).inc()
        _log.warning("sqs_failed", feed=self.name, request=request, error=str(error), wait_s=round(wait_s, 1))


def _handle(message: dict[str, Any]) -> dict[str, Any]:
    """What deleting takes; a body that waits for it would fill the memory."""
    return {"ReceiptHandle": message["ReceiptHandle"]}


def _delivery(message: dict[str, Any]) -> Delivery:
    # A lone surrogate in the queue's own JSON must reach the bridge, which refuses it; it must not raise here.
    body = str(message.get("Body", "")).encode("utf-8", "surrogatepass")
    return Delivery(body, str(message.get("MessageId", "-")))
