"""Requests to the running gateway that Slack never sent: a 401 each, and nothing of them on the log (I9)."""

import json
import time
import urllib.error
import urllib.request
import uuid
from urllib.parse import urlencode

import pytest

from agents.standins import slack_hand
from agents.standins.thread import StandInThread
from streams.embedded.reader import LogReader
from streams.records.command import Answered
from tests.support.cloudtrail import call
from tests.support.journal import read_journal
from tests.support.product import Product, now_text

pytestmark = [pytest.mark.system, pytest.mark.slow]

WINDOW_S = 300


@pytest.fixture
def product(tmp_path):
    with StandInThread(tmp_path) as hands:
        product = Product(tmp_path, hands, timing={"prompt_timeout_s": 60, "reminder_after_s": 50})
        product.start()
        try:
            yield product
        finally:
            product.close()


def body_of(product, message, answer, **changes):
    """The form that Slack posts when the person asked presses a button."""
    slack = product.standins.slack
    payload = slack_hand.block_actions(
        message,
        message.button(f"countersign_{answer}"),
        user_id="U0ADA",
        team_id=slack.team_id,
        app_id=slack.app_id,
        trigger_id="1.2.3",
        now_ms=time.time_ns() // 1_000_000,
    )
    return urlencode({"payload": json.dumps({**payload, **changes})}).encode()


def post(product, body, headers):
    url = product.standins.slack.interactions_url
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code


def signed(product, body, at_s=None, secret=None):
    chosen = secret or product.standins.slack.signing_secret
    return slack_hand.signed(chosen, body, int(time.time()) if at_s is None else at_s)


def answers(product):
    """Every click on the log, as (answer, user)."""
    with LogReader(product.log) as reader:
        commands = [one.command for one in read_journal(reader).commands]
    return [(one.answer, one.user_id) for one in commands if isinstance(one, Answered)]


def test_what_slack_did_not_sign_now_and_once_is_refused(product):
    product.feed("a", [call(eventID=str(uuid.uuid4()), eventTime=now_text())])
    question = product.question()
    no, yes = (body_of(product, question, answer) for answer in ("no", "yes"))
    now_s = int(time.time())
    good = signed(product, yes)
    bad = {
        "unsigned": (no, {"Content-Type": "application/x-www-form-urlencoded"}),
        "altered": (yes.replace(b"U0ADA", b"U0EVE"), good),
        "answer swapped": (no, good),
        "another secret": (no, signed(product, no, secret="guessed")),
        "too old": (no, signed(product, no, now_s - WINDOW_S - 5)),
        "from the future": (no, signed(product, no, now_s + WINDOW_S + 60)),
        "moved in time": (no, signed(product, no, now_s - 600) | {"X-Slack-Request-Timestamp": str(now_s)}),
        "no number": (no, signed(product, no) | {"X-Slack-Request-Timestamp": "now"}),
        "no scheme": (no, signed(product, no) | {"X-Slack-Signature": "v0"}),
    }
    assert {name: post(product, *request) for name, request in bad.items()} == dict.fromkeys(bad, 401)
    assert answers(product) == []
    foreign = [
        body_of(product, question, "no", **changes)
        for changes in ({"api_app_id": "A0OTHER"}, {"team": {"id": "T0OTHER"}})
    ]
    for body in foreign:  # signed by Slack, but for another app or workspace
        assert post(product, body, signed(product, body)) == 200
    assert answers(product) == []
    assert post(product, yes, good) == 200
    assert post(product, yes, good) == 401  # the same request once more
    assert answers(product) == [("yes", "U0ADA")]
    product.tap(product.push(), "allow")
    (case,) = product.ended()
    assert case.state == "verified"


def test_a_click_of_another_person_is_recorded_and_changes_nothing(product):
    product.feed("a", [call(eventID=str(uuid.uuid4()), eventTime=now_text())])
    question = product.question()
    for answer in ("yes", "no"):
        product.press(question, answer, user="U0GRACE")
    product.until(lambda: refusals(product) == 2, 10, "the refusals were not recorded")
    assert answers(product) == [("yes", "U0GRACE"), ("no", "U0GRACE")]
    (case,) = product.cases().values()
    assert (case.state, product.standins.duo.pushes) == ("waiting", [])
    assert product.standins.pagerduty.incidents == []


def refusals(product):
    """How many answers some case refused, by its facts on the log."""
    with LogReader(product.log) as reader:
        return sum(fact.kind == "answer_refused" for fact in read_journal(reader).facts)
