"""Notices: what S3 and CloudTrail say about objects, as pointers or as nothing to fetch."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus

from streams.envelopes.item import Control, Item, Pointer

_NO_CALLS = {"CloudTrail-Digest": "digest_key", "CloudTrail-Insight": "insight_key"}


def pointer_to(bucket: str, key: str) -> Item:
    """The object as a pointer; digests and Insights files hold no calls."""
    for folder in key.split("/"):
        if folder in _NO_CALLS:
            return Control(_NO_CALLS[folder])
    return Pointer(bucket, key, "object_created")


def s3_record(fields: dict[str, Any]) -> Item | None:
    """One record of an S3 event notification; its keys are URL-encoded. None where it is not one."""
    event, block = fields.get("eventName"), fields["s3"]
    if not isinstance(event, str) or not str(fields.get("eventSource")).endswith(":s3"):
        return None
    if not event.removeprefix("s3:").startswith("ObjectCreated"):
        return Control("s3_other_event")
    names = _names(block)
    return pointer_to(names[0], unquote_plus(names[1])) if names else None


def s3_event(detail: dict[str, Any]) -> Item | None:
    """The detail of S3's "Object Created" in EventBridge; its key is plain. None where it is not one."""
    names = _names(detail)
    return pointer_to(*names) if names else None


def cloudtrail_notice(bucket: Any, keys: Any) -> Iterator[Item] | None:
    """CloudTrail's own notification: one bucket, a list of plain keys. None where it is not one."""
    listed = [keys] if isinstance(keys, str) else keys
    if not isinstance(bucket, str) or not isinstance(listed, list):
        return None
    if not all(isinstance(key, str) for key in listed):
        return None
    return iter([pointer_to(bucket, key) for key in listed] or [Control("empty_container")])


def _names(block: Any) -> tuple[str, str] | None:
    if not isinstance(block, dict):
        return None
    bucket, item = block.get("bucket"), block.get("object")
    if not isinstance(bucket, dict) or not isinstance(item, dict):
        return None
    name, key = bucket.get("name"), item.get("key")
    return (name, key) if isinstance(name, str) and isinstance(key, str) else None
