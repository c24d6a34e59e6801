"""Whatever single process dies, stops or hangs: the pipeline comes back, each page goes out once (I3, I7, I19)."""

import json
import os
import signal
import subprocess
import sys
import time
import uuid

import pytest

from agents.standins.plan import REFUSE, hang
from agents.standins.thread import StandInThread
from agents.supervisor.notes import Notes
from streams.embedded.lock import WriterLock
from tests.support.checker import refusals
from tests.support.cloudtrail import call, stop_logging
from tests.support.product import Product, now_text

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(180)]

WITHIN_S = 30
"""I3 and I19."""
SHORT = {"prompt_timeout_s": 6, "reminder_after_s": 4, "push_timeout_s": 5, "delivery_timeout_s": 5}


def fresh(make=call):
    return make(eventID=str(uuid.uuid4()), eventTime=now_text())


@pytest.fixture
def product(tmp_path, request):
    """A product, with whatever timing a test asks for."""
    with StandInThread(tmp_path) as hands:
        product = Product(tmp_path, hands, timing=getattr(request, "param", {}))
        try:
            yield product
        finally:
            product.close()


def events(product, name):
    """What the supervisor and its children logged under that name, in order."""
    lines = [line for line in product.output.read_text().splitlines() if line.startswith("{")]
    return [event for event in map(json.loads, lines) if event["event"] == name]


def child(product):
    """The process id of the latest child."""
    return events(product, "child_started")[-1]["pid"]


def incidents(product):
    return list(product.standins.pagerduty.incidents)


def answer(product, question):
    product.press(question, "yes")
    product.tap(product.push(), "allow")
    (case,) = product.ended()
    assert (case.state, incidents(product)) == ("verified", [])


def test_a_killed_child_comes_back_and_goes_on(product):
    product.start()
    product.feed("a", [fresh()])
    question = product.question()
    killed = child(product)
    began = time.monotonic()
    os.kill(killed, signal.SIGKILL)
    product.until(lambda: child(product) != killed, 10, "no new child")
    product.until_ready()
    assert time.monotonic() - began < 15
    answer(product, question)


def test_a_stopped_child_is_replaced_and_a_deadline_that_lapses_meanwhile_pages_once(tmp_path):
    with StandInThread(tmp_path) as hands:
        product = Product(tmp_path, hands, timing=SHORT)
        try:
            product.start()
            product.feed("a", [fresh()])
            product.question()
            waiting = product.until(lambda: waits(product), 10, "the question was not delivered")
            stopped = child(product)
            os.kill(stopped, signal.SIGSTOP)
            (case,) = product.ended(wait_s=90)
            assert child(product) != stopped
            time.sleep(6)  # time for a case's repeat, and for a look of the watchdog
            (incident,) = incidents(product)
        finally:
            product.close()
    assert incident.dedup_key == f"countersign-{case.case_id}"
    assert incident.opened_ms - waiting.deadline_ms < WITHIN_S * 1000


def waits(product):
    """The one case, once somebody was asked and its deadline runs."""
    return next((case for case in product.cases().values() if case.state == "waiting"), None)


def test_a_second_run_on_the_same_log_says_who_holds_it_and_leaves(product):
    product.start()
    command = [sys.executable, "-m", "agents.cli.main", "run", "--config", str(product.config)]
    second = subprocess.run(command, cwd=product.folder, capture_output=True, text=True, timeout=90, check=False)
    assert second.returncode == 4, second.stderr
    assert f"already has a writer, process {child(product)}" in second.stderr
    assert "Traceback" not in second.stderr
    assert refusals("run", second.returncode, second.stderr) == []
    product.feed("a", [fresh(stop_logging)])
    product.until(lambda: incidents(product), WITHIN_S, "the first run pages no more")


def test_a_child_that_dies_again_and_again_is_paged_once_by_the_supervisor(product):
    product.start(wait_s=0, CS_FAILPOINT="pipeline.start.before")
    product.until(lambda: incidents(product), 90, "the supervisor did not page")
    crashes = len(events(product, "child_ended"))
    product.until(lambda: len(events(product, "child_ended")) > crashes, 30, "it gave up")
    (incident,) = incidents(product)
    assert incident.dedup_key.startswith("countersign-pipeline-")
    assert "dies again and again" in incident.summary
    assert len(incident.events) == 1
    assert product.stop() == 0


def test_the_watchdog_pages_while_no_child_can_and_the_next_one_takes_its_word(product):
    """Also: a killed supervisor takes its child along, and the next run waits for the writer's lock."""
    product.standins.pagerduty.faults.always("/v2/enqueue", REFUSE)
    product.start()
    product.feed("a", [fresh(stop_logging)])
    case_id = product.until(lambda: escalated(product), 20, "the alert did not escalate")
    product.process.kill()
    product.process.wait(10)
    lock = WriterLock.take(product.log, WITHIN_S)  # free only once the child has left
    product.standins.pagerduty.faults.clear()
    notes = Notes.beside(product.log)
    time.sleep(15)
    product.start(wait_s=0)  # its child waits for the lock, for 30 s at most
    product.until(lambda: incidents(product), 50, "the watchdog did not page")
    product.until(notes.read, 5, "the watchdog took no note")
    assert [note.case_id for note in notes.read()] == [case_id]
    lock.release()
    product.until_ready()
    (case,) = product.ended()
    assert (case.case_id, case.state, case.page.by) == (case_id, "paged", "watchdog")
    assert notes.read() == []
    time.sleep(6)  # time for a case's repeat
    (incident,) = incidents(product)
    assert (incident.dedup_key, len(incident.events)) == (f"countersign-{case_id}", 1)


def escalated(product):
    return next((case.case_id for case in product.cases().values() if case.state == "escalated"), None)


@pytest.mark.parametrize("product", [{"delivery_timeout_s": 60, "prompt_timeout_s": 120}], indirect=True)
def test_sigterm_leaves_in_time_whatever_hangs_and_nothing_is_lost(product):
    slack = product.standins.slack
    slack.faults.always("chat.postMessage", hang(90))
    product.start()
    product.feed("a", [fresh()])
    opened = "conversations.open"
    product.until(lambda: opened in [one.route for one in slack.requests], 20, "no question was tried")
    time.sleep(0.5)
    began = time.monotonic()
    assert product.stop() == 0
    assert time.monotonic() - began < WITHIN_S
    slack.faults.clear()
    product.start()
    answer(product, product.question())
