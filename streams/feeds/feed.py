"""Feed: what the bridge asks of every source of calls."""

from collections.abc import AsyncGenerator, Sequence
from typing import Any, NamedTuple, Protocol

from streams.bridge.binding import Binding
from streams.shell.message import Send


class Delivery(NamedTuple):
    """One body as it came; `position` names it inside its feed (SQS message id, file).

    `topic_arn` is the topic that the transport itself vouches for; `file` the name of a file, whose lines may
    be items of their own; `cut_from` the bytes that a file had, where `body` is only its beginning.
    """

    body: bytes
    position: str
    topic_arn: str | None = None
    file: str | None = None
    cut_from: int | None = None


class Batch(NamedTuple):
    """Deliveries that are acknowledged together.

    `sends` are appended with what the deliveries become (the feed's position); `receipt` is the feed's own.
    """

    deliveries: Sequence[Delivery]
    sends: Sequence[Send] = ()
    receipt: Any = None


class Feed(Protocol):
    """A source of calls. `name` is unique and stable: positions and dead letters carry it."""

    name: str
    binding: Binding
    backfill: bool

    def batches(self) -> AsyncGenerator[Batch, None]:
        """Batches until the source ends or the generator is closed; network faults are retried inside."""

    async def done(self, batch: Batch) -> None:
        """Forget a batch at its source: everything it became is durable. Never raises for the network.

        Only its `receipt` is left by now. It may come late, several at once, after `batches` was closed, or never.
        """
