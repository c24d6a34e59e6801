"""Log URLs."""

from pathlib import Path

import pytest

from streams.embedded.location import LogLocation, parse_location


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("sqlite:///countersign.db", LogLocation(Path("countersign.db"))),
        ("sqlite:////var/lib/countersign/log.db", LogLocation(Path("/var/lib/countersign/log.db"))),
        ("sqlite:///a%20b.db?clock_speed=20", LogLocation(Path("a b.db"), 20.0)),
    ],
)
def test_a_log_url_names_a_file_and_a_clock(url, location):
    assert parse_location(url) == location


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("kafka://b1:9092", "begin with sqlite:///"),
        ("sqlite://countersign.db", "names a host"),
        ("sqlite:///", "names no file"),
        ("sqlite:///a.db?speed=2", "unknown option 'speed'"),
        ("sqlite:///a.db?clock_speed=fast", "has to be a number"),
        ("sqlite:///a.db?clock_speed=0", "above 0"),
        ("sqlite:///a.db?clock_speed=nan", "above 0"),
    ],
)
def test_a_faulty_log_url_says_what_is_wrong(url, complaint):
    with pytest.raises(ValueError, match=complaint):
        parse_location(url)
