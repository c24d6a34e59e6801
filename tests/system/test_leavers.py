"""Somebody who left: switched off in Slack or in Duo, whatever is done in their name pages."""

import uuid

import pytest

from agents.standins.thread import StandInThread
from tests.support.cloudtrail import call
from tests.support.product import Product, now_text

pytestmark = [pytest.mark.system, pytest.mark.slow]


@pytest.fixture
def product(tmp_path):
    with StandInThread(tmp_path, journal=True) as hands:
        product = Product(tmp_path, hands)
        product.start()
        try:
            yield product
        finally:
            product.close()


def done_in_their_name(product):
    product.feed("a", [call(eventID=str(uuid.uuid4()), eventTime=now_text())])


def paged(product):
    """The case that ended, and that it is one incident."""
    (case,) = product.ended()
    (incident,) = product.standins.pagerduty.incidents
    assert (case.state, incident.dedup_key) == ("paged", f"countersign-{case.case_id}")
    return case


def test_who_is_switched_off_in_slack_is_not_asked_but_paged_about(product):
    for person in product.standins.slack.people.values():
        person.disabled = True
    done_in_their_name(product)
    case = paged(product)
    assert case.reason == "unreachable"
    assert "user_disabled" in str(case.facts)
    assert product.standins.slack.messages == []
    assert product.standins.duo.pushes == []


def test_who_was_asked_before_and_is_switched_off_since_is_paged_about(product):
    done_in_their_name(product)
    product.press(product.question(), "yes")
    product.tap(product.push(), "allow")
    assert product.ended()[0].state == "verified"
    for person in product.standins.slack.people.values():
        person.disabled = True
    done_in_their_name(product)
    product.until(lambda: len(product.standins.pagerduty.incidents) == 1, 20, "nobody was paged")
    assert len(product.standins.slack.messages) == 1
    assert len(product.standins.duo.pushes) == 1


@pytest.mark.parametrize(("standing", "reason"), [("deny", "duo_denied"), ("enroll", "not_enrolled")])
def test_a_yes_of_who_is_switched_off_in_duo_is_paged_about(product, standing, reason):
    for person in product.standins.duo.people.values():
        person.preauth = standing
    done_in_their_name(product)
    product.press(product.question(), "yes")
    assert paged(product).reason == reason
    assert product.standins.duo.pushes == []
