"""Address: how a base URL from the settings is reached: by which proxy, with whose certificates."""

import ipaddress
import ssl
from functools import cache
from urllib.parse import urlsplit


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine itself: then no proxy of the environment stands between."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@cache
def trusting(ca_file: str | None) -> ssl.SSLContext:
    """Trust in the system's certificate authorities, and in those of a PEM file beside them.

    One for all who ask: reading a hundred authorities takes 30 ms, and all want what one sets on it (HTTP/1.1).
    """
    context = ssl.create_default_context()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context
