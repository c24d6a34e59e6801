"""kill -9 at every step of the path, then the supervisor's restart: nothing is lost, nothing done twice."""

import json
import uuid
from contextlib import ExitStack

import pytest

from agents.standins.plan import LOST
from agents.standins.thread import StandInThread
from streams.embedded.reader import LogReader
from tests.support.aws import SnsToSqs
from tests.support.cloudtrail import call, event_bridge, stop_logging
from tests.support.elasticsearch import FakeElasticsearch
from tests.support.failpoints import names
from tests.support.hands import BusyHands
from tests.support.journal import read_exchanges
from tests.support.product import ACCOUNT, FAST, Product, now_text
from tests.support.whole import findings_of, whole_journal

NOT_ON_THE_PATH = {
    "claims.append": "Kafka only",
    "commits.revoked": "Kafka only",
    "daily.append": "passed once a day; tests/unit/test_daily.py holds the report",
    "log.begin_offset": "asked by Faust's own recovery only, which reads nothing here",
    "producer.append": "sends of Faust's own; the agents append by themselves",
    "producer.sent": "sends of Faust's own; the agents append by themselves",
    "duo.check": "asked by doctor only",
    "pagerduty.probe": "asked by doctor only",
    "pipeline.rules": "a child whose rules have faults; tests/system/test_reload.py holds it",
    "ping.call": "only with a ping_url; tests/system/test_dead_mans_switch.py holds it",
    "ping.get": "only with a ping_url; tests/system/test_dead_mans_switch.py holds it",
    "rules.refused": "rules that have faults; tests/system/test_reload.py holds it",
    "slack.identity": "asked by doctor only",
    "slack.members": "asked by the import only",
    "slack.person": "asked by doctor only",
    "slack.socket_alive": "asked by the readiness check of Socket Mode only",
    "sqs.release": "passed only by a stop with messages in hand; tests/contract/test_sqs_feed.py holds it",
    "watchdog.note": "tests/unit/test_watchdog_disk.py holds it",
    "watchdog.page": "tests/system/test_supervisor.py holds it",
}
KAFKA_ONLY = (
    *("streams/kafka/", "agents/roles/"),
    *("agents/versions/member.py", "agents/versions/bridging.py", "agents/versions/judging.py"),
)
AT_THE_END = ("archive.close", "archive.reader_close", "gateway.close")
"""Passed only when the child leaves."""
IN_THE_SUPERVISOR = ("watchdog.look",)
PAGING = ("pagerduty.trigger", "patience.attempt")
"""Passed also by the supervisor, when it pages."""
CHAIN = 6
CASE_CALLS = 6
"""Of a batch of files: the five of the burst and the alert."""
SPEED = 3
TIMING = {name: value * SPEED for name, value in FAST.items()} | {"push_timeout_s": 3 * SPEED}


def steps_of(name):
    return name.removesuffix(".before").removesuffix(".after")


def on_the_path():
    return [name for name in names(without=KAFKA_ONLY) if steps_of(name) not in NOT_ON_THE_PATH]


def chains():
    """The failpoints in runs of up to six deaths, a log each; some apart, for what becomes of the supervisor.

    After more deaths in a row it waits ever longer before the next start. From the fifth on it pages, and would
    die itself where the run begins with a step of that.
    """
    leaving = [name for name in on_the_path() if steps_of(name) in AT_THE_END + IN_THE_SUPERVISOR]
    paging = [name for name in on_the_path() if steps_of(name) in PAGING]
    socket = [name for name in on_the_path() if name.startswith("slack.socket")]
    others = [name for name in on_the_path() if name not in leaving + paging + socket]
    kinds = (others, socket, leaving, paging)
    return [kind[at : at + CHAIN] for kind in kinds for at in range(0, len(kind), CHAIN)]


def test_every_failpoint_is_on_the_path_or_says_why_not():
    steps = {name.removesuffix(".before").removesuffix(".after") for name in names()}
    assert steps >= set(NOT_ON_THE_PATH)


@pytest.fixture
def world(tmp_path, chain):
    """Stand-ins and an Elasticsearch, all of this test alone; a queue only where its steps are killed at."""
    with ExitStack() as stack:
        hands = stack.enter_context(StandInThread(tmp_path, journal=True, push_life_ms=3_000))
        queue = stack.enter_context(SnsToSqs()) if any(name.startswith("sqs") for name in chain) else None
        archive = FakeElasticsearch()
        hands.run(archive.start())
        stack.callback(lambda: hands.run(archive.stop()))
        feeds = [{"kind": "files", "name": "inbox", "path": str(tmp_path / "inbox"), "accounts": [ACCOUNT]}]
        product = Product(
            tmp_path,
            hands,
            feeds=feeds if queue is None else [*feeds, queue.feed(ACCOUNT)],
            timing=TIMING,
            limits={"prompts_per_person_hour": 1000, "pages_per_account_hour": 4000},
            elasticsearch={"url": archive.url},
            log={"url": f"sqlite:///{tmp_path}/countersign.db?clock_speed={SPEED}"},
        )
        stack.callback(product.close)
        yield product, queue


@pytest.mark.system
@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("chain", chains(), ids=lambda chain: chain[0])
def test_killed_at(chain, world):
    """Each life of the child dies at the chain's next failpoint; the last one brings everything to its end."""
    product, queue = world
    if chain[0].startswith("slack.socket"):
        product.standins.slack.interactions_url = None
    fired = product.folder / "fired"
    environ = {
        "CS_FAILPOINT": ",".join(chain),
        "CS_FAILPOINT_FILE": str(fired),
        **(queue.environ if queue else {}),
    }
    with BusyHands(product, details=True):
        product.start(wait_s=0, **environ)
        for number, name in enumerate(chain):
            feed(product, number)
            if queue is not None:
                publish(queue)
            if steps_of(name) in AT_THE_END:
                product.until(lambda: settled(product), 60, f"{name}: not everything ended")
                product.stop()
            product.until(lambda number=number: len(deaths(fired)) > number, 60, f"{name} was not passed")
            if steps_of(name) in AT_THE_END + IN_THE_SUPERVISOR:
                product.process.wait(30)
                product.start(wait_s=0, **environ)  # the next one may die before it is ready
        feed(product, len(chain))
        product.until(lambda: settled(product), 60, "not everything ended")
        product.stop()
    assert deaths(fired) == chain
    exchanges = read_exchanges(product.folder.glob("*.jsonl"))
    with LogReader(product.log) as reader:
        assert findings_of(whole_journal(reader, product, exchanges), product) == []


def deaths(fired):
    return fired.read_text().split() if fired.exists() else []


def settled(product):
    """Whether every call that a case must hold is in one, and all cases have ended."""
    cases = product.cases().values()
    batches = len(list(product.inbox.glob("*.json")))
    held = sum(len(case.fingerprints) // 32 for case in cases)
    return held >= CASE_CALLS * batches and all(case.ended_ms is not None for case in cases)


def feed(product, number):
    """Calls of ada by file: a burst, an alert, and one that is only logged; and somebody new among the people."""
    people = product.folder / "people.yaml"
    newcomer = f"  - {{id: new{number}, name: New {number}}}\n"
    people.with_suffix(".tmp").write_text(people.read_text().replace("accounts:", f"{newcomer}accounts:"))
    people.with_suffix(".tmp").rename(people)
    product.standins.slack.faults.once("chat.postMessage", LOST)  # so that the history is asked
    burst = [
        call(eventID=str(uuid.uuid4()), eventTime=now_text(), sourceIPAddress=f"192.0.2.{at}") for at in range(5)
    ]
    alert = stop_logging(eventID=str(uuid.uuid4()), eventTime=now_text())
    logged = call(eventID=str(uuid.uuid4()), eventTime=now_text(), eventName="CreateGroup")
    product.feed(f"batch-{number}", [*burst, alert, logged])


def publish(queue):
    """A call of grace, by the queue; a message that died in a child's hand comes again after 30 s."""
    identity = {**call()["userIdentity"], "userName": "grace", "accessKeyId": "AKIAGRACE"}
    queued = call(eventID=str(uuid.uuid4()), eventTime=now_text(), userIdentity=identity)
    queue.publish(event_bridge(json.dumps(queued).encode()).decode())
