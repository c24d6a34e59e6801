"""A Terraform run of one person, by SNS and SQS, at default timings, on a log clock that runs faster."""

import json
import time
import uuid

import pytest

from agents.standins.thread import StandInThread
from streams.records.fingerprint import fingerprint
from tests.support.aws import SnsToSqs
from tests.support.cloudtrail import call, stop_logging
from tests.support.product import ACCOUNT, Product, now_text

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(240)]

SPEED = 20
CALLS = 236
EVENTS = ("CreateUser", "PutUserPolicy", "AttachUserPolicy", "CreateAccessKey")
DEFAULTS = {
    "group_wait_s": 120,
    "group_interval_s": 300,
    "prompt_timeout_s": 900,
    "reminder_after_s": 300,
    "push_timeout_s": 60,
    "delivery_timeout_s": 120,
    "grant_wait_s": 30,
}


def event(record):
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.iam",
        "account": ACCOUNT,
        "time": record["eventTime"],
        "region": "us-east-1",
        "resources": [],
        "detail": record,
    }


def fresh(number):
    return call(
        eventID=str(uuid.uuid4()),
        eventTime=now_text(),
        eventName=EVENTS[number % len(EVENTS)],
        userAgent="APN/1.0 HashiCorp/1.0 Terraform/1.9.0",
        requestParameters={"userName": f"service-{number}", "policyName": "deploy"},
    )


@pytest.fixture
def queue():
    with SnsToSqs() as queue:
        yield queue


def test_a_burst_is_few_questions_and_an_alert_in_its_middle_pages(tmp_path, queue):
    log = {"url": f"sqlite:///{tmp_path}/countersign.db?clock_speed={SPEED}"}
    with StandInThread(tmp_path) as hands:
        product = Product(tmp_path, hands, feeds=[queue.feed(ACCOUNT)], log=log, timing=DEFAULTS)
        product.start(**queue.environ)
        try:
            play(product, queue)
        finally:
            product.close()


def play(product, queue):
    records = []
    alerted_s = None
    for number in range(CALLS):
        records.append(fresh(number))
        queue.publish(json.dumps(event(records[-1])))
        if number == CALLS // 2:
            alerted_s = time.monotonic()
            queue.publish(json.dumps(event(stop_logging(eventID=str(uuid.uuid4()), eventTime=now_text()))))
        if number == CALLS // 2 + 20:
            product.until(lambda: product.standins.pagerduty.incidents, 10, "the alert was not paged")
            assert time.monotonic() - alerted_s < 30
        time.sleep(600 / SPEED / CALLS)
    marks = {fingerprint(record) for record in records}
    product.until(lambda: covered(product) >= marks, 40, "not every call is covered by a frozen question")
    questions = [case for case in product.cases().values() if case.kind == "question"]
    assert 1 <= len(questions) <= 5
    held = [mark for case in questions for mark in pieces(case.fingerprints)]
    assert len(held) == len(set(held)) == CALLS
    assert set(held) == marks
    redeliver(product, queue, records[0])


def redeliver(product, queue, record):
    """The very same event once more: nothing about any case changes but time going on."""
    before = {case_id: case.fingerprints for case_id, case in product.cases().items()}
    queue.publish(json.dumps(event(record)))
    product.until(queue.is_empty, 20, "the redelivered message was not taken")
    time.sleep(1)
    assert {case_id: case.fingerprints for case_id, case in product.cases().items()} == before


def covered(product):
    cases = [case for case in product.cases().values() if case.frozen_ms is not None]
    return {mark for case in cases for mark in pieces(case.fingerprints)}


def pieces(packed):
    return [packed[at : at + 32] for at in range(0, len(packed), 32)]
