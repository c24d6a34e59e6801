"""Calls: the accepted calls in a message of `calls`, as the checks need them."""

from collections.abc import Callable
from typing import Any

import msgspec

from agents.decisions.audit.accounted import digest_of_body
from agents.decisions.audit.journal import At, Called
from streams.records.account import account_of
from streams.records.call import CallFrame, FramedCall
from streams.records.call_frame import call_message
from streams.records.fingerprint import fingerprint

Keep = Callable[[bytes | None], bool]


def calls_in(at: At, value: bytes, keep: Keep) -> list[Called]:
    """The calls of a frame; a frame that cannot be read counts as one call, which cannot be read either.

    `keep` says of a fingerprint whether its record stays in memory.
    """
    try:
        frame = call_message(value)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return [Called(at, None, None, digest_of_body(value))]
    return [_called(at, call, keep) for call in frame.calls] if isinstance(frame, CallFrame) else []


def _called(at: At, call: FramedCall, keep: Keep) -> Called:
    record = call.record
    body = digest_of_body(record)
    try:
        fields = msgspec.json.decode(record, type=dict[str, Any])
        mark = fingerprint(fields)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return Called(at, None, None, body)
    event_id, account = fields.get("eventID"), account_of(fields, call.account)
    event = f"{account}/{event_id}" if account is not None and isinstance(event_id, str) and event_id else None
    return Called(at, mark, event, body, call.received_ms, record if keep(mark) else None)
