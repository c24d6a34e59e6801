"""No account speaks for another (T6)."""

import pytest

from streams.bridge.binding import Binding
from tests.support import cloudtrail as ct

OTHER = "444455556666"
BY_TOPIC = Binding(topics={ct.TOPIC: ct.ACCOUNT})
BY_ACCOUNT = Binding(accounts=frozenset({ct.ACCOUNT, "777788889999"}))
UNBOUND = Binding()


@pytest.mark.parametrize(
    ("binding", "recipient", "account", "topic_arn", "passes"),
    [
        (BY_TOPIC, ct.ACCOUNT, ct.ACCOUNT, ct.TOPIC, True),
        (BY_TOPIC, ct.ACCOUNT, None, ct.TOPIC, True),
        (BY_TOPIC, None, None, ct.TOPIC, True),
        (BY_TOPIC, OTHER, None, ct.TOPIC, False),
        (BY_TOPIC, None, OTHER, ct.TOPIC, False),
        (BY_TOPIC, OTHER, OTHER, ct.TOPIC, False),
        (BY_TOPIC, ct.ACCOUNT, OTHER, ct.TOPIC, False),
        (BY_TOPIC, ct.ACCOUNT, ct.ACCOUNT, "arn:aws:sns:eu-west-1:444455556666:x", False),
        (BY_TOPIC, ct.ACCOUNT, ct.ACCOUNT, None, False),
        (BY_ACCOUNT, ct.ACCOUNT, None, None, True),
        (BY_ACCOUNT, OTHER, None, None, False),
        (BY_ACCOUNT, ct.ACCOUNT, OTHER, None, False),
        (UNBOUND, ct.ACCOUNT, OTHER, "anything", True),
    ],
)
def test_the_accounts_of_topic_envelope_and_record_must_agree(binding, recipient, account, topic_arn, passes):
    objection = binding.objection(ct.call(recipientAccountId=recipient), account, topic_arn)
    assert (objection is None) is passes, objection


def test_a_record_that_names_no_account_passes_only_where_one_account_is_bound():
    nameless = ct.call(recipientAccountId=None, userIdentity={"type": "AWSService"})
    assert BY_ACCOUNT.objection(nameless, None, None) == "it names no account"
    assert Binding(accounts=frozenset({OTHER})).objection(nameless, None, None) is None


def test_the_one_account_that_a_feed_can_mean_is_known():
    assert BY_TOPIC.account(ct.TOPIC) == ct.ACCOUNT
    assert BY_TOPIC.account(None) is None
    assert Binding(accounts=frozenset({OTHER})).account(None) == OTHER
    assert BY_ACCOUNT.account(None) is None
