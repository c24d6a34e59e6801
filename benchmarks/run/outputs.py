"""Outputs: what a peer sent on, counted from its output topic against what it was to send."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import msgspec

from streams.log.reader import OpenLog

PAGE = 500


def sent(log: OpenLog, topic: str) -> Counter[str]:
    """By eventID, how often a peer sent a call on."""
    found: Counter[str] = Counter()
    for partition in range(log.partitions(topic)):
        offset = log.begin_offset(topic, partition)
        while page := log.read(topic, partition, offset, PAGE):
            for record in page:
                fields: Any = msgspec.json.decode(record.value or b"{}")
                found[fields["eventID"]] += 1
            offset = page[-1].offset + 1
    return found


def wrong(
    name: str, result: Mapping[str, Any], found: Counter[str] | None, hits: Counter[str], records: int
) -> list[str]:
    """What a peer lost or doubled, by its own count and by its output; None where it sends nothing on."""
    told = []
    if result["records"] != records:
        told.append(f"{name} read {result['records']} of {records} records")
    if result["hits"] != hits.total():
        told.append(f"{name} found {result['hits']} of {hits.total()} hits")
    if found is not None and found != hits:
        lost, doubled = (hits - found).total(), (found - hits).total()
        told.append(f"{name} lost {lost} outputs and doubled {doubled}")
    return told
