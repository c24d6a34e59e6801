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


def test_it_is_never_empty():
    assert credential({}) == "-"
