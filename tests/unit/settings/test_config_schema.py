"""The schema offers an editor what the configuration accepts, and nothing else."""

from pathlib import Path

import msgspec
import pytest

from streams.settings.fault import FaultsFound
from streams.settings.load import load
from streams.settings.model import FeedSettings
from streams.settings.schema import config_schema

PARTS = config_schema()["$defs"]
VALUES = {
    "name": '"other"',
    "queue_url": '"https://sqs.eu-west-1.amazonaws.com/111122223333/calls"',
    "path": '"calls"',
    "region": '"eu-west-1"',
    "endpoint_url": '"https://sqs.example.com"',
    "topics": '{"arn:aws:sns:eu-west-1:111122223333:calls" = "111122223333"}',
    "accounts": '["111122223333"]',
    "backfill": "true",
    "stream_arn": '"arn:aws:kinesis:eu-west-1:111122223333:stream/calls"',
    "bucket": '"calls"',
}


def accepted(tmp_path: Path, feed: dict[str, str]) -> bool:
    """Whether a configuration with this one feed loads."""
    lines = "\n".join(f"{key} = {value}" for key, value in feed.items())
    (tmp_path / "countersign.toml").write_text(f"[[feeds]]\n{lines}\n")
    (tmp_path / "calls").mkdir(exist_ok=True)
    try:
        load(tmp_path / "countersign.toml", {})
    except FaultsFound:
        return False
    return True


def feeds(kind: str) -> list[dict[str, str]]:
    """A feed with each key in turn, beside where it reads: for a kind that works, one of them is good."""
    places = ("queue_url", "path", "stream_arn", "bucket")
    bases = [{place: VALUES[place]} for place in places] + [{}]
    return [{"kind": f'"{kind}"', "accounts": VALUES["accounts"]} | base for base in bases]


@pytest.mark.parametrize("kind", ["sqs", "files", "kinesis", "sns-https", "s3"])
def test_a_kind_is_offered_if_it_is_accepted(tmp_path: Path, kind: str):
    offered = kind in PARTS["FeedKind"]["enum"]
    assert offered == any(accepted(tmp_path, feed) for feed in feeds(kind))


@pytest.mark.parametrize("key", sorted(VALUES))
def test_a_key_of_a_feed_is_offered_if_some_feed_may_have_it(tmp_path: Path, key: str):
    offered = key in PARTS["FeedSettings"]["properties"]
    tried = [feed | {key: VALUES[key]} for kind in ("sqs", "files") for feed in feeds(kind)]
    assert offered == any(accepted(tmp_path, feed) for feed in tried)


def test_every_key_of_a_feed_is_tried():
    assert {field.name for field in msgspec.structs.fields(FeedSettings)} == {"kind", *VALUES}
