"""Canaries: every secret of the configuration through a whole run, with all its faults; none comes out (I17)."""

import time
import uuid

import pytest

from agents.decisions.audit.outside import Process
from agents.decisions.audit.terms import Terms
from agents.decisions.audit.undisturbed import nobody_delays_a_page
from agents.standins.plan import BROKEN, GARBLED, LOST
from agents.standins.thread import StandInThread
from streams.embedded.reader import LogReader
from tests.support.cloudtrail import call, stop_logging
from tests.support.doorbell import Doorbell
from tests.support.elasticsearch import FakeElasticsearch
from tests.support.hands import BusyHands
from tests.support.journal import read_exchanges
from tests.support.product import Product, now_text
from tests.support.whole import findings_of, secrets_in, whole_journal

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(240)]

CANARIES = {
    "slack": {
        "bot_token": "xoxb-canary-bot-7d1f",
        "app_token": "xapp-canary-app-93ce",
        "signing_secret": "canary-signing-5b20",
    },
    "duo": {"secret_key": "canary-duo-secret-key-4a66-canary-duo-key"},
    "pagerduty": {
        "routing_key": "ca9a12e0c0ffee0ca9a12e0c0ffee0ff",
        "low_urgency_routing_key": "0ca9a12e10decade0ca9a12e10decade",
    },
}
ARCHIVE_KEY = "canary-archive-key-e1c9"
CONSOLE_TOKEN = "canary-console-token-88d0"


@pytest.fixture
def world(tmp_path):
    with StandInThread(tmp_path, journal=True) as hands, Doorbell() as bell:
        archive = FakeElasticsearch()
        hands.run(archive.start())
        for service, secrets in CANARIES.items():
            for name, text in secrets.items():
                setattr(getattr(hands.standins, service), name, text)
        product = Product(
            tmp_path,
            hands,
            elasticsearch={"url": archive.url, "api_key": ARCHIVE_KEY},
            gateway={"console_token": CONSOLE_TOKEN},
            watchdog={"ping_url": f"{bell.url}/canary-ping-2f3a", "ping_every_s": 1},
        )
        try:
            yield product, hands, archive
        finally:
            product.close()
            hands.run(archive.stop())


def fresh(make=call, **changes):
    return make(eventID=str(uuid.uuid4()), eventTime=now_text(), **changes)


def test_no_secret_of_the_configuration_comes_out_of_a_whole_run_with_all_its_faults(world):
    product, hands, archive = world
    known = secrets_in(product)
    assert set(known.names) == {
        *(f"{service}.{name}" for service, secrets in CANARIES.items() for name in secrets),
        "elasticsearch.api_key",
        "gateway.console_token",
        "watchdog.ping_url",
    }
    product.start("--verbose")
    with BusyHands(product):
        product.feed("asked", [fresh(), fresh(eventName="CreateGroup")])
        product.feed("alert", [fresh(stop_logging)])
        product.drop("broken.json", b"\x1f\x8b not gzip after all")
        product.ended(3, wait_s=60)
        broken_vendors(product, hands, archive)
        strangers(product, hands)
        product.until(lambda: settled(product, 6), 60, "not every case ended")
        product.until(lambda: archived(product, archive), 60, "the archive did not catch up")
    assert product.stop() == 0
    refuse_to_start(product)
    journal = journal_of(product, archive)
    assert journal.leaks is not None
    assert len(journal.processes) == 2
    assert all(process.lines for process in journal.processes)
    assert {document.kind for document in journal.documents} == {"calls", "audit", "cases"}
    assert findings_of(journal, product) == []
    assert files_with_a_secret(product, known) == {"countersign.toml"}
    told(journal, product)


def broken_vendors(product, hands, archive):
    """Every vendor answers with errors, with nonsense, not at all, and not to us."""
    standins = product.standins
    for fault in (BROKEN, GARBLED, LOST):
        standins.slack.faults.once("chat.postMessage", fault)
        standins.duo.faults.once("/auth/v2/auth_status", fault)
        standins.pagerduty.faults.once("/v2/enqueue", fault)
    archive.status = 503
    product.feed(
        "unlucky", [fresh(sourceIPAddress="192.0.2.9"), fresh(stop_logging, requestParameters={"name": "b"})]
    )
    product.until(lambda: settled(product, 5), 60, "the faults were not overcome")
    archive.status = None


def strangers(product, hands):
    """Slack and Duo know our credentials no more: the question cannot be sent, and pages."""
    standins = product.standins
    tokens = standins.slack.bot_token, standins.duo.secret_key
    standins.slack.bot_token, standins.duo.secret_key = "another", "another"
    product.feed("strangers", [fresh(sourceIPAddress="192.0.2.10")])
    time.sleep(5)
    standins.slack.bot_token, standins.duo.secret_key = tokens


def refuse_to_start(product):
    """A second one beside it, and one whose configuration is wrong beside a secret: both say why."""
    text = product.config.read_text()
    product.config.write_text(text.replace("[slack]", "[slack]\nbot_tokn = 1", 1))
    product.start(wait_s=0)
    assert product.process.wait(30) == 3
    product.config.write_text(text)


def settled(product, count):
    cases = product.cases().values()
    return len(cases) >= count and all(case.ended_ms is not None and not case.outbox for case in cases)


def archived(product, archive):
    """Whether every document is there: each of them is searched."""
    with LogReader(product.log) as reader:
        journal = whole_journal(reader, product, archive=archive)
    return not nobody_delays_a_page(journal, Terms())


def journal_of(product, archive):
    lines = product.output.read_text().splitlines()
    refused = Process("run", product.process.returncode, lines=lines[-3:])
    with LogReader(product.log) as reader:
        exchanges = read_exchanges(product.folder.glob("*.jsonl"))
        processes = [*product.processes(), refused]
        return whole_journal(reader, product, exchanges, processes=processes, archive=archive)


def files_with_a_secret(product, known):
    """The names of all files of the run that hold one, the log's own pages and the notes beside it among them."""
    files = [path for path in product.folder.rglob("*") if path.is_file()]
    return {path.name for path in files if known.found_in(path.read_bytes())}


def told(journal, product):
    """The same run with one secret in a line is found, and the finding does not show it."""
    spoilt = journal._replace(processes=[Process("run", -9, lines=[f"sent with {ARCHIVE_KEY}"])])
    (finding,) = [one for one in findings_of(spoilt, product) if one.startswith("I17")]
    assert "elasticsearch.api_key" in finding
    assert ARCHIVE_KEY not in finding
