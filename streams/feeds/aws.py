"""AWS: boto3 clients that never wait without end, and know their region from what they are pointed at."""

import re
from typing import Any
from urllib.parse import urlsplit

CONNECT_TIMEOUT_S = 5
READ_TIMEOUT_S = 10
"""Twice the long poll of `sqs.WAIT_S`; a thread that waits longer would hold up the exit of the process."""
_REGION = re.compile(r"\b([a-z]{2}(?:-[a-z]+)+-[0-9])\b")


class RegionUnknownError(Exception):
    """Nothing says in which region a queue is."""

    def __init__(self, queue_url: str) -> None:
        super().__init__(f"no AWS region is known for {queue_url}, its name has none: set the feed's `region`")


def sqs_client(queue_url: str, region: str | None = None, endpoint_url: str | None = None) -> Any:
    """An SQS client for a queue: credentials, proxies and AWS_ENDPOINT_URL as boto3 finds them.

    The region is the given one, else the one in the queue's host name, else boto3's own choice.

    Raises:
        RegionUnknownError: there is none of these, or one that makes no host name.
    """
    import boto3  # noqa: PLC0415 - costs half a second, which only those who read AWS should pay
    from botocore.config import Config  # noqa: PLC0415 - as boto3
    from botocore.exceptions import NoRegionError  # noqa: PLC0415 - as boto3

    config = Config(
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        retries={"mode": "standard", "total_max_attempts": 1},  # the feed has its own, which can be stopped
        max_pool_connections=16,
        user_agent="countersign",  # boto3's own is put together anew for each request, a sixth of its time
        parameter_validation=False,  # two requests, always the same: another twentieth
    )
    try:
        return boto3.client(
            "sqs", region_name=region or region_of(queue_url), endpoint_url=endpoint_url, config=config
        )
    except (NoRegionError, ValueError) as error:
        raise RegionUnknownError(queue_url) from error


def region_of(url: str) -> str | None:
    """The region that the host name of an AWS URL names."""
    found = _REGION.search(urlsplit(url).hostname or "")
    return found[1] if found else None
