"""Beat: a worker's sign of life, which travels the way of a call through every partition that it owns."""

from msgspec import Struct


class Beat(Struct, frozen=True, tag="beat"):
    """Sent on `calls`, passed on by triage in a frame on `commands`, and by cases to `heartbeats`.

    `sent_ms` is the sender's clock (epoch milliseconds UTC), `worker` its name for this one life.
    """

    worker: str
    sent_ms: int
    v: int = 1
