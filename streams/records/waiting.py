"""Waiting: the bytes of a call while it waits: MessagePack, squeezed; before it was JSON, squeezed."""

import zlib

from msgspec import Struct

from streams.records.call import Feed
from streams.records.call_frame import JsonCall
from streams.records.codec import from_entry, from_wire, to_entry
from streams.records.seen import WaitingCall


class _JsonWaiting(Struct, frozen=True):
    call: JsonCall
    feed: Feed
    rules_version: str
    decided: bool = False


def waiting_bytes(waiting: WaitingCall) -> bytes:
    """The bytes of a call that waits."""
    return zlib.compress(to_entry(waiting), 1)


def waiting_in(packed: bytes) -> WaitingCall:
    """The call of these bytes.

    Raises:
        msgspec.DecodeError, zlib.error: they are none.
    """
    data = zlib.decompress(packed)
    if data[:1] != b"{":
        return from_entry(WaitingCall, data)
    old = from_wire(_JsonWaiting, data)
    return WaitingCall(old.call.framed(), old.feed, old.rules_version, old.decided)
