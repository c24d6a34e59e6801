"""The region of a queue is in its host name."""

import pytest

from streams.feeds.aws import region_of


@pytest.mark.parametrize(
    ("url", "region"),
    [
        ("https://sqs.eu-west-1.amazonaws.com/111122223333/calls", "eu-west-1"),
        ("https://sqs.us-gov-east-1.amazonaws.com/111122223333/calls", "us-gov-east-1"),
        ("https://vpce-1.sqs.ap-southeast-2.vpce.amazonaws.com/111122223333/calls", "ap-southeast-2"),
        ("http://127.0.0.1:5000/111122223333/calls", None),
    ],
)
def test_region_of_a_queue(url, region):
    assert region_of(url) == region
