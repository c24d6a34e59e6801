"""The public samples hold as many calls as they are known to hold."""

import csv
from pathlib import Path

import pytest

from streams.envelopes.files import file_items
from streams.envelopes.item import CallItem

SAMPLES = Path(__file__).resolve().parents[4] / "shared" / "data" / "envelopes"


def test_each_sample_holds_the_calls_it_is_known_to_hold():
    listing = SAMPLES / "expected.csv"
    if not listing.exists():
        pytest.skip("the shared samples are not here")
    wrong = {}
    for row in csv.DictReader(listing.read_text().splitlines()):
        items = file_items(row["file"], (SAMPLES / row["file"]).read_bytes())
        found = len({item.record for item in items if isinstance(item, CallItem)})
        if found != int(row["distinct_cloudtrail_records"]):
            wrong[row["file"]] = found
    assert wrong == {}
