"""The Faust app of the shell: its settings, and what it refuses."""

import asyncio

import pytest

from streams.embedded.changelog import EmbeddedChangelog
from streams.embedded.transport import Transport as EmbeddedTransport
from streams.kafka.access import KafkaAccess
from streams.kafka.appender import KafkaAppender
from streams.kafka.changelog import KafkaChangelog
from streams.kafka.transport import Transport as KafkaTransport
from streams.settings.model import LogSecurity, LogSettings
from streams.shell import app as module
from streams.shell.agent import durable_agent
from streams.shell.app import ShellRefused, check_packages, create_faust_app
from streams.shell.appender import EmbeddedAppender
from streams.shell.table import DurableTable
from tests.support.logs import open_writer
from tests.support.stock import Halted


@pytest.fixture
def embedded(tmp_path):
    writer = open_writer(tmp_path / "log.db")
    yield create_faust_app(f"sqlite:///{tmp_path}/log.db", partitions=4, writer=writer)
    writer.close()


@pytest.fixture
def kafka():
    access = KafkaAccess(LogSettings(url="kafka://b1:9092,b2:9092", security=LogSecurity.PLAINTEXT))
    return create_faust_app("kafka://b1:9092,b2:9092", partitions=4, writer=None, access=access)


def test_every_setting_that_the_shell_depends_on_is_set(embedded):
    conf = embedded.conf
    assert str(conf.processing_guarantee) == "ProcessingGuarantee.AT_LEAST_ONCE"
    assert not conf.web_enabled
    assert not conf.web_tables_enabled
    assert not conf.web_router_enabled
    assert not conf.autodiscover
    assert not conf.worker_redirect_stdouts
    assert not conf.topic_allow_declare
    assert conf.table_standby_replicas == 0
    assert conf.producer_acks == -1
    assert conf.stream_buffer_maxsize == 256
    assert conf.id == "countersign"


def test_each_log_has_its_transport_and_its_appender(embedded, kafka):
    assert isinstance(embedded._new_transport(), EmbeddedTransport)
    assert isinstance(embedded.appender, EmbeddedAppender)
    assert isinstance(kafka._new_transport(), KafkaTransport)
    assert isinstance(kafka.appender, KafkaAppender)
    assert isinstance(embedded.changelog, EmbeddedChangelog)
    assert isinstance(kafka.changelog, KafkaChangelog)
    assert (embedded.changelog.owned, kafka.changelog.owned) == (False, True)
    assert [str(url) for url in kafka.conf.broker] == ["kafka://b1:9092", "kafka://b2:9092"]


def test_the_transport_is_registered_as_an_entry_point():
    from faust.transport.drivers import by_url

    assert by_url("sqlite:///log.db") is EmbeddedTransport


def test_an_embedded_log_needs_its_writer_and_no_other_has_one(embedded):
    with pytest.raises(ValueError, match="needs its writer"):
        create_faust_app("sqlite:///log.db", partitions=4, writer=None)
    with pytest.raises(ValueError, match="no other log has one"):
        create_faust_app("kafka://127.0.0.1:9092", partitions=4, writer=embedded.log_writer)


def test_another_version_of_the_stream_engine_is_refused(monkeypatch):
    monkeypatch.setitem(module.PINNED, "faust-streaming", "9.9.9")
    with pytest.raises(
        ShellRefused, match=r"needed: faust-streaming 9\.9\.9 \(found 0\.15\.3\); run `make install`"
    ):
        check_packages()


def test_a_faust_without_its_compiled_part_is_refused(monkeypatch):
    monkeypatch.setattr("faust.streams._CStreamIterator", None)
    with pytest.raises(ShellRefused, match="compiled part is missing"):
        check_packages()


async def test_agents_and_tables_are_registered_under_their_names(embedded):
    seen = DurableTable("seen")
    durable_agent(embedded, name="triage", topic="calls", handle=lambda message: [], tables=[seen])
    durable_agent(embedded, name="cases", topic="commands", handle=lambda message: [], tables=[seen])
    assert list(embedded.agents) == ["triage", "cases"]
    assert embedded.tables.changelog_topics == {"countersign-seen-changelog"}


async def test_a_table_belongs_to_one_app(embedded, kafka):
    seen = DurableTable("seen")
    seen.bind(embedded)
    with pytest.raises(ValueError, match="belongs to another app"):
        seen.bind(kafka)


async def test_a_crash_inside_faust_ends_the_process(embedded, monkeypatch):
    words = []
    monkeypatch.setattr(module, "halt", lambda *what: words.append(what))
    reason = RuntimeError("a service died")
    watching = asyncio.ensure_future(embedded._halt_on_crash())
    await embedded.crash(reason)
    await watching
    assert words == [("a service of the stream engine crashed", reason)]


async def test_a_rebalance_that_hangs_ends_the_process_and_one_after_the_other_does_not(embedded, monkeypatch):
    words = []

    def halt(what):
        words.append(what)
        raise Halted

    async def at_once(_delay):
        for _ in range(3):
            await sleep(0)

    sleep = asyncio.sleep
    monkeypatch.setattr(module, "halt", halt)
    monkeypatch.setattr(module, "REBALANCE_S", 0.2)
    monkeypatch.setattr(module.asyncio, "sleep", at_once)
    embedded.rebalancing = True
    watching = asyncio.ensure_future(embedded._halt_on_hang())
    for _ in range(4):
        embedded.rebalancing_count += 1
        await asyncio.wait([watching], timeout=0.1)
    assert words == []
    with pytest.raises(Halted):
        await watching
    assert words == ["a rebalance took longer than 0 s"]


async def test_an_app_that_never_started_can_be_stopped(embedded):
    await embedded.stop()
    assert embedded.consumer._opened is None
