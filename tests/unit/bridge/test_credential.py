"""A call's partition is chosen by what it was signed with."""

import pytest

from streams.records.credential import credential
from tests.support import cloudtrail as ct


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (ct.call(), "AKIAEXAMPLE"),
        (ct.call(userIdentity={"principalId": "AIDA:ada"}), "AIDA:ada"),
        (ct.call(userIdentity={"accessKeyId": "", "principalId": "AIDA:ada"}), "AIDA:ada"),
        (ct.call(userIdentity={"accessKeyId": 7, "principalId": None}), ct.ACCOUNT),
        (ct.call(userIdentity=None), ct.ACCOUNT),
        (ct.call(userIdentity="odd", recipientAccountId=None), "999988887777"),
    ],
)
def test_key_then_principal_then_account(fields, expected):
    assert credential(fields, "999988887777") == expected


def test_another_accounts_call_goes_where_it_meets_the_callers_own_copy():
    hidden = {"type": "AWSAccount", "accountId": "444455556666", "principalId": "AIDA:ada"}
    assert credential(ct.call(userIdentity=hidden, sharedEventID="shared-1")) == "shared-1"
    assert credential(ct.call(userIdentity=hidden)) == "AIDA:ada"
    assert credential(ct.call(userIdentity=hidden, sharedEventID=7)) == "AIDA:ada"
    assert credential(ct.call(sharedEventID="shared-1")) == "AKIAEXAMPLE"


def test_it_is_never_empty():
    assert credential({}) == "-"
