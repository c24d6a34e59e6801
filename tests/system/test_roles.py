"""The roles as processes on a real Kafka: the endings, and what is paged when workers die or stand still."""

import json
import re
import signal
import subprocess
import sys
import time
import urllib.request
import uuid

import pytest

from agents.standins.thread import StandInThread
from tests.support.aws import SnsToSqs
from tests.support.checker import refusals
from tests.support.cloudtrail import call, stop_logging
from tests.support.cluster import Cluster
from tests.support.doorbell import Doorbell
from tests.support.product import ACCOUNT, now_text

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(400)]

ROLES = ("bridge", "bridge", "worker", "worker", "gateway", "watchdog")
SHORT = {
    "group_wait_s": 1,
    "group_interval_s": 1,
    "prompt_timeout_s": 8,
    "reminder_after_s": 4,
    "push_timeout_s": 5,
    "delivery_timeout_s": 5,
}
LONG = {"group_wait_s": 1, "prompt_timeout_s": 120}
WITHIN_S = 30
"""I3 and I19."""
SILENT_PAGED_S = 90


def fresh(make=call):
    return make(eventID=str(uuid.uuid4()), eventTime=now_text())


@pytest.fixture
def queue():
    with SnsToSqs() as queue:
        yield queue


@pytest.fixture
def hands(tmp_path):
    with StandInThread(tmp_path) as hands:
        yield hands


@pytest.fixture
def cluster(tmp_path, hands, kafka, queue, request):
    timing = {"timing": request.param} if hasattr(request, "param") else {}
    cluster = Cluster(tmp_path, hands, kafka, queue.environ, feeds=[queue.feed(ACCOUNT)], **timing)
    try:
        yield cluster
    finally:
        cluster.close()


def publish(queue, *records):
    for record in records:
        queue.publish(json.dumps({"Records": [record]}))


def incidents(cluster):
    return list(cluster.standins.pagerduty.incidents)


def waits(cluster):
    """The one case, once somebody was asked and its deadline runs."""
    return next((case for case in cluster.cases().values() if case.state == "waiting"), None)


def owner(cluster):
    """The worker that has the deadline of the one open case."""
    for role in cluster.running("worker"):
        with urllib.request.urlopen(f"http://127.0.0.1:{role.port}/metrics", timeout=5) as answer:
            found = re.search(r"^countersign_open_subjects (\S+)$", answer.read().decode(), re.MULTILINE)
        if found and float(found[1]) > 0:
            return role
    return None


@pytest.mark.parametrize("cluster", [SHORT], indirect=True)
def test_the_endings_across_two_bridges_two_workers_and_a_gateway(cluster, queue):
    cluster.start_roles(*ROLES)
    publish(queue, fresh())
    cluster.press(cluster.question(), "yes")
    cluster.tap(cluster.push(), "allow")
    assert [case.state for case in cluster.ended(1)] == ["verified"]
    assert incidents(cluster) == []
    publish(queue, fresh())
    cluster.press(cluster.question(), "no")
    cluster.ended(2)
    publish(queue, fresh())
    cluster.press(cluster.question(), "yes")
    cluster.tap(cluster.push(), "deny")
    cluster.ended(3)
    publish(queue, fresh())  # and silence
    cluster.ended(4)
    publish(queue, fresh(stop_logging))
    ended = cluster.ended(5)
    assert sorted((case.state, case.reason or "-") for case in ended) == [
        ("paged", "alert"),
        ("paged", "denied"),
        ("paged", "no_answer"),
        ("paged", "push_denied"),
        ("verified", "-"),
    ]
    assert len(incidents(cluster)) == 4
    assert queue.is_empty()


@pytest.mark.parametrize("cluster", [SHORT], indirect=True)
def test_a_worker_killed_in_the_middle_is_replaced_by_another_and_the_deadline_pages_in_time(cluster, queue):
    cluster.start_roles(*ROLES)
    publish(queue, fresh())
    cluster.question()
    waiting = cluster.until(lambda: waits(cluster), 10, "the question was not delivered")
    cluster.until(lambda: owner(cluster), 10, "no worker holds the deadline").kill()
    ended = cluster.ended(wait_s=60)
    assert [(case.kind, case.state, case.reason) for case in ended] == [("question", "paged", "no_answer")], ended
    (case,) = ended
    time.sleep(6)  # time for a case's repeat, and for a look of the watchdog
    # A takeover that takes over 30 s, as on a machine with too much to do, is paged as silence besides.
    about = [one for one in incidents(cluster) if not one.dedup_key.startswith("countersign-pipeline-")]
    (incident,) = about
    assert incident.dedup_key == f"countersign-{case.case_id}"
    assert incident.opened_ms - waiting.deadline_ms < WITHIN_S * 1000


@pytest.mark.parametrize("cluster", [SHORT], indirect=True)
def test_workers_that_all_stand_still_are_paged_by_the_watchdogs_and_new_ones_take_their_word(cluster, queue):
    with Doorbell() as doorbell:
        ping = {"COUNTERSIGN_WATCHDOG__PING_URL": doorbell.url, "COUNTERSIGN_WATCHDOG__PING_EVERY_S": "1"}
        cluster.start_roles(*ROLES)
        cluster.start_roles("watchdog", **ping)
        cluster.until(lambda: doorbell.rings > 3, 30, "the dead man's switch was not called")
        publish(queue, fresh())
        cluster.question()
        waiting = cluster.until(lambda: waits(cluster), 10, "the question was not delivered")
        stopped = cluster.running("worker")
        for worker in stopped:
            worker.send(signal.SIGSTOP)
        began = time.monotonic()
        cluster.until(lambda: pipeline_pages(cluster), SILENT_PAGED_S, "nobody paged that no worker beats")
        assert time.monotonic() - began < SILENT_PAGED_S
        time.sleep(6)  # until the other watchdog has looked, too
        rings = doorbell.rings
        key = f"countersign-{waiting.case_id}"
        cluster.until(
            lambda: [one for one in incidents(cluster) if one.dedup_key == key], 90, "its deadline lapsed"
        )
        assert doorbell.rings == rings
    for worker in stopped:
        worker.send(signal.SIGCONT)
        assert worker.process.wait(20) == 70, worker.tail()
    cluster.start_roles("worker", "worker")
    ended = cluster.ended(wait_s=60)
    assert [(case.kind, case.state, case.page.by) for case in ended] == [("question", "paged", "watchdog")], ended
    assert [one.dedup_key for one in incidents(cluster)].count(key) == 1
    assert len(pipeline_pages(cluster)) <= 2  # a second key if ten minutes began in between


def pipeline_pages(cluster):
    return [one for one in incidents(cluster) if one.dedup_key.startswith("countersign-pipeline-")]


@pytest.mark.parametrize("cluster", [LONG], indirect=True)
def test_every_role_leaves_in_time_at_sigterm_and_the_next_ones_go_on(cluster, queue):
    cluster.start_roles(*ROLES)
    publish(queue, fresh())
    question = cluster.question()
    cluster.until(lambda: waits(cluster), 10, "the question was not delivered")
    leaving = cluster.running()
    for role in leaving:
        role.send(signal.SIGTERM)
    began = time.monotonic()
    assert [(role.name, role.process.wait(WITHIN_S)) for role in leaving] == [(role.name, 0) for role in leaving]
    assert time.monotonic() - began < WITHIN_S
    cluster.start_roles("worker", "gateway")
    cluster.press(question, "yes")
    cluster.tap(cluster.push(), "allow")
    (case,) = cluster.ended()
    assert (case.state, incidents(cluster)) == ("verified", [])


@pytest.mark.parametrize("role", ["bridge", "worker", "gateway", "watchdog"])
def test_a_role_refuses_a_cluster_without_its_topics_and_says_what_mends_it(role, cluster, kafka):
    kafka.wipe()
    command = [sys.executable, "-m", "agents.cli.main", role, "--config", str(cluster.config)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 4, done.stderr
    said = [line for line in done.stderr.splitlines() if line.startswith(f"countersign {role}: ")]
    assert len(said) == 1, done.stderr
    assert "`countersign topics apply`" in said[0]
    assert refusals(role, done.returncode, done.stderr) == []
