"""Duo's signature: how Duo decides that a request comes from who holds the secret key."""

import base64
import binascii
import hashlib
import hmac
from email.utils import parsedate_to_datetime
from urllib.parse import quote

from agents.standins.server import Call

SKEW_MS = 300_000


def refusal(call: Call, integration_key: str, secret_key: str, now_ms: int) -> tuple[int, str] | None:
    """Duo's code and message for a request that is not signed right; None for one that is.

    Version 5 of the scheme: HMAC-SHA512 over date, method, host, path, parameters, hash of the body and hash of
    the X-Duo headers. Source: https://duo.com/docs/authapi#authentication.
    """
    kind, _, encoded = call.headers.get("Authorization", "").partition(" ")
    if kind != "Basic":
        return 40101, "Missing request credentials"
    try:
        key, _, signature = base64.b64decode(encoded, validate=True).decode("ascii").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return 40101, "Missing request credentials"
    if key != integration_key:
        return 40102, "Invalid integration key in request credentials"
    date = call.headers.get("Date", "")
    try:
        sent_ms = int(parsedate_to_datetime(date).timestamp() * 1000)
    except ValueError:
        return 40104, "Missing request timestamp"
    if abs(now_ms - sent_ms) > SKEW_MS:
        return 40105, "Bad request timestamp"
    expected = hmac.new(secret_key.encode(), canonical(call, date).encode(), hashlib.sha512).hexdigest()
    if not hmac.compare_digest(expected, signature.lower()):
        return 40103, "Invalid signature in request credentials"
    return None


def canonical(call: Call, date: str) -> str:
    """The text that is signed."""
    pairs = sorted((quote(key, "~"), quote(value, "~")) for key, value in call.query.items())
    own = sorted(name.lower() for name in call.headers if name.lower().startswith("x-duo-"))
    headers = "\x00".join(part for name in own for part in (name, call.headers[name]))
    return "\n".join(
        (
            date,
            call.method.upper(),
            call.host.lower(),
            call.path,
            "&".join(f"{key}={value}" for key, value in pairs),
            hashlib.sha512(call.body).hexdigest(),
            hashlib.sha512(headers.encode()).hexdigest(),
        )
    )
