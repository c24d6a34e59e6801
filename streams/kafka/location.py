"""Location: which brokers a `kafka:` log URL names."""

import re

PREFIX = "kafka://"
DEFAULT_PORT = 9092

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?")


def parse_hosts(url: str) -> tuple[str, ...]:
    """The brokers in `kafka://b1:9092,b2:9092`, each as HOST:PORT; 9092 where none is named.

    Raises:
        ValueError: another scheme, no broker, no such port, or anything behind the brokers.
    """
    if not url.startswith(PREFIX):
        raise ValueError(f"{url!r} is no log on Kafka: it has to begin with {PREFIX}")
    hosts = []
    for text in url.removeprefix(PREFIX).rstrip("/").split(","):
        found = _HOST.fullmatch(text.strip())
        if found is None or not 0 < int(found[2] or DEFAULT_PORT) <= 65_535:
            raise ValueError(
                f"log.url is {PREFIX}HOST:PORT,HOST:PORT: {_shown(text)} is no broker; a password has its key"
            )
        hosts.append(f"{found[1]}:{found[2] or DEFAULT_PORT}")
    return tuple(hosts)


def name_of(host: str) -> str:
    """The name or address in HOST:PORT, without the brackets of an IPv6 address."""
    return host.rpartition(":")[0].strip("[]")


def _shown(text: str) -> str:
    """What stands there, unless a password may stand in it."""
    return "what stands there" if "@" in text else repr(text)
