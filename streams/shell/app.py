"""App: a Faust application with every setting that the durable shell depends on."""

import asyncio
from importlib.metadata import version
from typing import Any

import faust
import faust.streams
import faust.transport.conductor
import structlog

from streams.embedded.changelog import EmbeddedChangelog
from streams.embedded.transport import Transport as EmbeddedTransport
from streams.embedded.writer import LogWriter
from streams.kafka.access import KafkaAccess
from streams.kafka.appender import KafkaAppender
from streams.kafka.changelog import KafkaChangelog
from streams.kafka.transport import Transport as KafkaTransport
from streams.log.faults import LogUnusable
from streams.settings.model import LogSettings
from streams.shell.appender import Appender, EmbeddedAppender
from streams.shell.changelog import Changelog
from streams.shell.failpoints import step
from streams.shell.halt import halt
from streams.shell.lease import Lease
from streams.shell.recovery import RecoveringTable
from streams.shell.tables import TableManager
from streams.topics import APP_ID

_log = structlog.get_logger(__name__)

PINNED = {"faust-streaming": "0.15.3", "mode-streaming": "0.7.1", "aiokafka": "0.14.0"}
"""The shell relies on behaviour that was read in, and is tested against, these versions."""

SESSION_S = 10.0
"""A worker that the group has not heard of for so long loses its partitions: it died, hangs or was stopped."""

SETTINGS: dict[str, Any] = {
    "processing_guarantee": "at_least_once",
    "autodiscover": False,  # it swallows import errors; agents are registered by call
    "store": "memory://",
    "TableManager": TableManager,
    "table_standby_replicas": 0,  # useless with tables in memory
    "key_serializer": "raw",
    "value_serializer": "raw",
    "stream_buffer_maxsize": 256,
    "stream_wait_empty": True,
    "stream_publish_on_commit": False,
    "topic_allow_declare": False,  # topics are made by the log's plan or by `countersign init`
    "topic_disable_leader": True,
    "reply_create_topic": False,
    "web_enabled": False,  # it would serve the tables, without any authentication
    "web_tables_enabled": False,
    "web_router_enabled": False,
    "worker_redirect_stdouts": False,
    "consumer_auto_offset_reset": "earliest",
    "broker_commit_interval": 1.0,
    "broker_max_poll_records": 500,
    "broker_session_timeout": SESSION_S,
    "broker_heartbeat_interval": 3.0,
    "broker_rebalance_timeout": 60.0,  # above the time after which an append fails: what is in hand ends first
    "broker_request_timeout": 30.0,
    "producer_acks": -1,
    "producer_linger": 0.005,
    "producer_request_timeout": 30.0,
}


START_S = 600.0
"""A recovery that takes longer hangs, which Faust would do for ever."""

REBALANCE_S = 300.0
"""A rebalance that takes longer hangs: Faust gives up its recovery in silence where a seek takes over 30 s."""

SWEEP_S = 60.0
"""How often the changelogs are looked through for what former owners wrote late: well within the hour for which
compaction leaves new records alone."""


UNSWEPT_S = 900.0
"""A worker that could not look for so long ends: within the hour compaction would make a late write the truth."""


class ShellRefused(Exception):  # noqa: N818 - the operator reads it: the shell refuses to start
    """The installed packages are not the ones that the shell was made for."""


class DurableApp(faust.App):  # type: ignore[misc]  # Faust's types are skipped
    """A Faust app on one of the two logs; `log_writer` is None on Kafka."""

    log_writer: LogWriter | None = None
    appender: Appender
    changelog: Changelog
    lease: Lease
    _late_start: asyncio.TimerHandle

    async def on_start(self) -> None:
        """From here on, what Faust does not survive ends the process: it would go on without its agents."""
        await step("app.services", super().on_start())
        self.add_future(self._halt_on_crash())
        self.add_future(self._halt_on_hang())
        loop = asyncio.get_running_loop()
        self._late_start = loop.call_later(START_S, halt, f"the tables were not recovered within {START_S:.0f} s")

    async def on_started(self) -> None:
        """Tables are recovered and agents run."""
        await step("app.recovered", super().on_started())
        self._late_start.cancel()
        if self.changelog.owned:
            self.add_future(self._sweep())

    async def _halt_on_crash(self) -> None:
        await self._crashed.wait()
        halt("a service of the stream engine crashed", self.crash_reason)

    async def _halt_on_hang(self) -> None:
        """End a worker whose rebalance does not: it would hold its partitions and handle nothing."""
        count, since_s = 0, 0.0
        while True:
            await asyncio.sleep(1.0)
            now_s = asyncio.get_running_loop().time()
            if not self.rebalancing or count != self.rebalancing_count:
                count, since_s = self.rebalancing_count, now_s
            elif now_s - since_s > REBALANCE_S:
                halt(f"a rebalance took longer than {REBALANCE_S:.0f} s")

    async def _sweep(self) -> None:
        """Overrule what former owners of our partitions wrote after they had lost them."""
        loop = asyncio.get_running_loop()
        swept_s = loop.time()
        while not self.should_stop:
            await asyncio.sleep(SWEEP_S)
            try:
                await self.sweep()
                swept_s = loop.time()
            except LogUnusable as fault:  # a broker that is away for a while is no reason to leave
                _log.warning("changelogs_not_swept", fault=str(fault))
                if loop.time() - swept_s > UNSWEPT_S:
                    halt(f"the changelogs could not be swept for {UNSWEPT_S:.0f} s", fault)
            except Exception as error:  # noqa: BLE001 - unswept, a late write could outlive what it overwrote
                halt("the changelogs could not be swept", error)

    async def sweep(self) -> None:
        """Sweep every table once."""
        for table in self.tables.values():
            if isinstance(table, RecoveringTable):
                await table.sweep()

    def _new_transport(self) -> Any:
        """The log's own transport, with commits that never pass a message in hand."""
        transport = KafkaTransport if self.log_writer is None else EmbeddedTransport
        return transport(self.conf.broker_consumer, self)

    def _create_directories(self) -> None:
        """Tables live in memory: Faust needs no folder."""


def create_faust_app(
    url: str, *, partitions: int, writer: LogWriter | None, access: KafkaAccess | None = None
) -> DurableApp:
    """The app for this log: `sqlite:` with its open writer, or `kafka://b1:9092,b2:9092` without one.

    `access` says how the brokers are reached; without it they are on loopback. Who stops the app closes its
    appender after it.

    Raises:
        ShellRefused: Faust, mode or aiokafka is another version, or Faust's compiled part is missing.
        ValueError: URL and writer do not belong together.
    """
    check_packages()
    if url.startswith("sqlite:") == (writer is None):
        raise ValueError("an embedded log needs its writer, and no other log has one")
    if writer is None:
        app = _on_kafka(access or KafkaAccess(LogSettings(url=url, partitions=partitions)), partitions)
    else:
        app = DurableApp(APP_ID, broker=url, topic_partitions=partitions, **SETTINGS)
        app.appender, app.changelog = EmbeddedAppender(writer), EmbeddedChangelog(writer.path)
    app.log_writer = writer
    app.lease = Lease(SESSION_S)
    if app.conf.processing_guarantee != faust.types.enums.ProcessingGuarantee.AT_LEAST_ONCE:
        raise ShellRefused(
            "the processing guarantee has to be at_least_once: exactly_once of this Faust loses state"
        )
    return app


def check_packages() -> None:
    """Refuse other versions than the pinned ones, and a Faust without its compiled stream and conductor.

    The pure Python stream acknowledges messages that it skips during a rebalance; the compiled one does not.

    Raises:
        ShellRefused: naming what was found and what is needed.
    """
    wrong = {name: version(name) for name, pinned in PINNED.items() if version(name) != pinned}
    if wrong:
        needed = ", ".join(f"{name} {PINNED[name]} (found {found})" for name, found in wrong.items())
        raise ShellRefused(f"the stream engine is pinned, needed: {needed}; run `make install`")
    if faust.streams._CStreamIterator is None or faust.transport.conductor.ConductorHandler is None:  # noqa: SLF001 - Faust has no public way to ask
        raise ShellRefused("Faust's compiled part is missing: reinstall faust-streaming, and unset NO_CYTHON")


def _on_kafka(access: KafkaAccess, partitions: int) -> DurableApp:
    app = DurableApp(
        APP_ID,
        broker=[f"kafka://{host}" for host in access.hosts],
        broker_credentials=access.credentials(),
        topic_partitions=partitions,
        **SETTINGS,
    )
    app.appender, app.changelog = KafkaAppender(access, partitions), KafkaChangelog(access)
    return app
