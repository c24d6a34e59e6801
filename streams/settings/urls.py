"""URLs: which base URLs are taken, and why the others are not."""

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from streams.settings.codes import ConfigCode


def is_loopback(host: str) -> bool:
    """Whether a host is this machine: localhost, 127.0.0.0/8 or ::1."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def url_complaint(text: str) -> tuple[str, ConfigCode] | None:
    """Why this is no base URL to send credentials to; None when it is one. The text itself is not repeated."""
    try:
        parts = urlsplit(text)
        port_is_good = parts.port != 0
    except ValueError:
        return "this is no URL: https://HOST[:PORT][/PATH] is wanted", ConfigCode.BAD_URL
    if parts.scheme not in {"http", "https"} or not parts.hostname or not port_is_good:
        return "this is no URL: https://HOST[:PORT][/PATH] is wanted", ConfigCode.BAD_URL
    if any(character.isspace() or not character.isprintable() for character in text):
        return "a URL has no blanks or control characters", ConfigCode.BAD_URL
    if complaint := _surplus(parts):
        return complaint, ConfigCode.BAD_URL
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        return "plain http is taken on loopback only: write https://", ConfigCode.PLAIN_HTTP
    return None


def _surplus(parts: SplitResult) -> str | None:
    """What a base URL must not carry."""
    if parts.username is not None or parts.password is not None:
        return "a URL must not carry a user name or password: credentials have keys of their own"
    if parts.query or parts.fragment:
        return "a base URL ends with its path: no ? and no #"
    return None
