"""Slack's signature: golden vectors, every way to be wrong, and replays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.clients.signature import SignatureCheck
from agents.standins.slack_hand import signed

# Slack's own example: https://docs.slack.dev/authentication/verifying-requests-from-slack/
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
AT_S = 1531420618
BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
    b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554"
    b"%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
SIGNATURE = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
HEADERS = {"X-Slack-Request-Timestamp": str(AT_S), "X-Slack-Signature": SIGNATURE}


class Clock:
    def __init__(self, at_ms: int = AT_S * 1000) -> None:
        self.at_ms = at_ms

    def __call__(self) -> int:
        return self.at_ms


def check(*secrets: str, clock: Clock | None = None) -> SignatureCheck:
    return SignatureCheck(secrets or (SECRET,), clock or Clock())


def test_slacks_own_example_is_taken_once():
    judge = check()
    assert judge.refusal(HEADERS, BODY) is None
    assert judge.refusal(HEADERS, BODY) == "replayed"


def test_header_names_in_any_case_are_taken():
    assert check().refusal({name.lower(): value for name, value in HEADERS.items()}, BODY) is None


def test_either_secret_of_a_rotation_is_taken():
    assert check("new-secret", SECRET).refusal(HEADERS, BODY) is None
    assert check("new-secret").refusal(HEADERS, BODY) == "not_signed"


@given(place=st.integers(0, len(BODY) - 1), change=st.integers(1, 255))
def test_an_altered_byte_is_refused(place, change):
    altered = bytearray(BODY)
    altered[place] ^= change
    assert check().refusal(HEADERS, bytes(altered)) in ("not_signed", "bad_body")


def test_a_re_encoded_body_is_refused():
    assert check().refusal(HEADERS, BODY.replace(b"%2F", b"%2f")) == "not_signed"


@pytest.mark.parametrize(
    ("off_s", "expected"), [(-301, "not_signed"), (-300, None), (300, None), (301, "not_signed")]
)
def test_the_window_is_five_minutes_either_way(off_s, expected):
    assert check(clock=Clock((AT_S + off_s) * 1000)).refusal(HEADERS, BODY) == expected


@pytest.mark.parametrize(
    ("timestamp", "signature"),
    [
        ("", SIGNATURE),
        ("soon", SIGNATURE),
        ("-1", SIGNATURE),
        ("1531420618.5", SIGNATURE),
        ("\uff19", SIGNATURE),
        ("\u00b2", SIGNATURE),
        ("9" * 5000, SIGNATURE),
        ("nan", SIGNATURE),
        (str(AT_S), ""),
        (str(AT_S), "v0=é"),
        (str(AT_S), "v1=" + SIGNATURE[3:]),
        (str(AT_S), "v0="),
        (str(AT_S), SIGNATURE.upper()),
        (str(AT_S), SIGNATURE + "00"),
    ],
)
def test_bad_headers_are_refused_and_do_not_raise(timestamp, signature):
    headers = {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature}
    assert check().refusal(headers, BODY) in ("bad_timestamp", "bad_signature", "not_signed")


def test_missing_headers_and_a_body_that_is_no_text_are_refused():
    assert check().refusal({}, BODY) == "bad_timestamp"
    assert check().refusal(HEADERS, b"\xff\xfe") == "bad_body"


@given(headers=st.dictionaries(st.text(), st.text()), body=st.binary())
def test_whatever_comes_is_refused_without_an_exception(headers, body):
    assert check().refusal(headers, body) is not None


def test_a_replay_is_known_for_ten_minutes_and_the_memory_is_bounded():
    clock = Clock()
    judge = check(clock=clock)
    assert judge.refusal(HEADERS, BODY) is None
    for number in range(10_000):
        body = f"payload={number}".encode()
        assert judge.refusal(signed(SECRET, body, AT_S), body) is None
    assert len(judge._taken) <= 10_000
    clock.at_ms += 290_000
    body = b"payload=9999"
    assert judge.refusal(signed(SECRET, body, AT_S), body) == "replayed"
