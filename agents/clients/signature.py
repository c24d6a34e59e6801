"""Signature: whether a request really comes from Slack, judged over its raw body before anything is parsed."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence

from slack_sdk.signature import Clock as SlackClock
from slack_sdk.signature import SignatureVerifier

from streams.clock import Clock

REMEMBERED_MS = 600_000
REMEMBERED_COUNT = 10_000
TIMESTAMP_DIGITS = 12


class _Seconds(SlackClock):
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock() / 1000


class SignatureCheck:
    """Slack's v0 scheme with a five minute window, under any of the secrets (two during a rotation).

    A signature is taken once; which ones were, is remembered for ten minutes, twice the window.
    """

    def __init__(self, secrets: Sequence[str], clock: Clock) -> None:
        self._verifiers = [SignatureVerifier(secret, _Seconds(clock)) for secret in secrets]
        self._clock = clock
        self._taken: OrderedDict[str, int] = OrderedDict()

    def refusal(self, headers: Mapping[str, str], body: bytes) -> str | None:
        """Why the request is refused, None when it is Slack's; it never raises, whatever the headers hold.

        slack_sdk's verifier raises on a timestamp that is no number, on a signature that is not ASCII and on a
        body that is not UTF-8; those are judged first.
        """
        lowered = {name.lower(): value for name, value in headers.items()}
        timestamp = lowered.get("x-slack-request-timestamp", "")
        signature = lowered.get("x-slack-signature", "")
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= TIMESTAMP_DIGITS):
            return "bad_timestamp"
        if not (signature.isascii() and signature.startswith("v0=")):
            return "bad_signature"
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            return "bad_body"
        if not any(verifier.is_valid(text, timestamp, signature) for verifier in self._verifiers):
            return "not_signed"
        return self._replayed(signature)

    def _replayed(self, signature: str) -> str | None:
        now_ms = self._clock()
        while self._taken and (
            len(self._taken) >= REMEMBERED_COUNT or next(iter(self._taken.values())) < now_ms - REMEMBERED_MS
        ):
            self._taken.popitem(last=False)
        if signature in self._taken:
            return "replayed"
        self._taken[signature] = now_ms
        return None
