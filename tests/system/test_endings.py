"""The four endings, with real processes on either side: what the log says, and what each vendor was told."""

import uuid

import pytest

from agents.decisions.audit.registry import unjudged
from agents.decisions.audit.terms import PAGED_MS, Folding, Terms
from agents.standins.thread import StandInThread
from streams.embedded.reader import LogReader
from tables.case_shelf import CaseShelf
from tests.support.cloudtrail import call, stop_logging
from tests.support.journal import read_exchanges
from tests.support.product import Product, now_text
from tests.support.whole import findings_of, secrets_in, whole_journal

pytestmark = [pytest.mark.system, pytest.mark.slow]


def fresh(make=call, **changes):
    return make(eventID=str(uuid.uuid4()), eventTime=now_text(), **changes)


@pytest.fixture
def product(tmp_path):
    with StandInThread(tmp_path, journal=True) as hands:
        product = Product(tmp_path, hands)
        product.start()
        try:
            yield product
            assert product.stop() == 0
            assert findings(product) == []
        finally:
            product.close()


def findings(product):
    """By every check: what is open may be, and what was due was paged in time."""
    with LogReader(product.log) as reader:
        journal = whole_journal(reader, product, read_exchanges(product.folder.glob("*.jsonl")))
    terms = Terms(paged_within_ms=PAGED_MS, folding=Folding(CaseShelf), secrets=secrets_in(product))
    assert {"lapsed-deadlines-page", "replay", "no-secret", "leaves-in-time"}.isdisjoint(unjudged(journal, terms))
    return findings_of(journal, product, open_allowed=True, paged_within_ms=PAGED_MS)


def buttons(product):
    return [message for message in product.standins.slack.messages if message.button("countersign_yes")]


def test_yes_and_approve_is_verified_and_nobody_is_paged(product):
    product.feed("a", [fresh()])
    product.press(product.question(), "yes")
    push = product.push()
    assert (push.user, push.pushinfo["Action"]) == ("ada", "CreateUser")
    product.tap(push, "allow")
    (case,) = product.ended()
    assert case.state == "verified"
    product.until(lambda: not buttons(product), 10, "the buttons are still there")
    assert product.standins.pagerduty.incidents == []


def test_no_pages_and_says_so_in_slack(product):
    product.feed("a", [fresh()])
    product.press(product.question(), "no")
    (case,) = product.ended()
    assert (case.state, case.reason) == ("paged", "denied")
    (incident,) = product.standins.pagerduty.incidents
    assert incident.dedup_key == f"countersign-{case.case_id}"
    assert product.standins.duo.pushes == []
    product.until(lambda: not buttons(product), 10, "the buttons are still there")


def test_a_denied_push_pages(product):
    product.feed("a", [fresh()])
    product.press(product.question(), "yes")
    product.tap(product.push(), "deny")
    (case,) = product.ended()
    assert (case.state, case.reason) == ("paged", "push_denied")
    assert len(product.standins.pagerduty.incidents) == 1


def test_silence_reminds_and_pages(product):
    product.feed("a", [fresh()])
    question = product.question()
    (case,) = product.ended(wait_s=40)
    assert (case.state, case.reason) == ("paged", "no_answer")
    assert any(message.thread_ts == question.ts for message in product.standins.slack.messages)
    assert len(product.standins.pagerduty.incidents) == 1


def test_an_alert_pages_beside_an_open_question_and_a_stranger_cannot_answer(product):
    product.feed("a", [fresh(), fresh(stop_logging)])
    question = product.question()
    product.press(question, "yes", user="U0GRACE")
    ended = product.ended()
    assert [(case.state, case.reason) for case in ended] == [("paged", "alert")]
    waiting = next(case for case in product.cases().values() if case.ended_ms is None)
    product.until(
        lambda: "answer_refused" in [fact.kind for fact in product.cases()[waiting.case_id].facts],
        10,
        "no refusal",
    )
    assert product.standins.duo.pushes == []


def test_sigterm_leaves_in_time_and_a_second_start_goes_on(product):
    product.feed("a", [fresh()])
    question = product.question()
    assert product.stop() == 0
    product.start()
    product.press(question, "yes")
    product.tap(product.push(), "allow")
    (case,) = product.ended()
    assert case.state == "verified"
