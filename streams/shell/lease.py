"""Lease: how long a worker may take its partitions for its own without hearing from the group."""

from collections.abc import Sequence

from streams.clock import uptime_ms
from streams.shell.appender import Appender
from streams.shell.failpoints import step
from streams.shell.halt import halt
from streams.shell.message import Send


class Lease:
    """Runs from the sending of the last heartbeat that the group answered, for the group's session.

    The group gives the partitions away no earlier than a session after it received that heartbeat. Without any
    heartbeat (the embedded log has no group) there is nothing to lapse. Best effort: what passes the check and is
    sent late all the same is overruled by its epoch.
    """

    def __init__(self, session_s: float) -> None:
        self.session_s = session_s
        self._renewed_ms: int | None = None

    def renew(self, sent_ms: int) -> None:
        """A heartbeat sent at that time (`uptime_ms`) was answered; called on the consumer's thread."""
        self._renewed_ms = sent_ms

    def check(self) -> None:
        """End the process if the lease has lapsed: another worker may own its partitions."""
        if self._renewed_ms is None:
            return
        silent_s = (uptime_ms() - self._renewed_ms) / 1_000
        if silent_s > self.session_s:
            halt(f"the group was silent for {silent_s:.0f} s, longer than the session of {self.session_s:g} s")


class Leased:
    """An appender for what only the owner of a partition may append."""

    def __init__(self, appender: Appender, lease: Lease) -> None:
        self._appender = appender
        self._lease = lease

    async def append(self, sends: Sequence[Send]) -> None:
        """As the appender's own, unless the lease has lapsed: then the process ends here."""
        self._lease.check()
        await step("leased.append", self._appender.append(sends))
