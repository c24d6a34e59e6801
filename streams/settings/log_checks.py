"""Log checks: which log the URL names, and what a log on Kafka needs."""

from collections.abc import Iterator

from streams.embedded.location import parse_location
from streams.kafka.location import name_of, parse_hosts
from streams.settings.codes import ConfigCode
from streams.settings.draft import Draft
from streams.settings.fault import Fault
from streams.settings.model import LogSecurity
from streams.settings.urls import is_loopback

_URL = ("log", "url")
_SECURITY = ("log", "security")
_OF_SASL = ("username", "password")


def check_log(draft: Draft) -> Iterator[Fault]:
    """Every fault of [log]."""
    url = draft.settings.log.url
    if url.startswith("kafka:"):
        yield from _kafka(draft)
    else:
        yield from _embedded(draft, url)
    days, lateness = draft.settings.log.retention_days, draft.settings.limits.lateness_h
    if days * 24 <= lateness:
        message = (
            f"retention_days ({days}) must be longer than limits.lateness_h ({lateness}): late calls are compared"
        )
        yield draft.fault(("log", "retention_days"), message, ConfigCode.TIMING)


def _embedded(draft: Draft, url: str) -> Iterator[Fault]:
    if not url.startswith("sqlite:"):
        message = "log.url is sqlite:///FILE or kafka://HOST:PORT,HOST:PORT"
        yield draft.fault(_URL, message, ConfigCode.BAD_LOG_URL)
        return
    try:
        parse_location(url)
    except ValueError as error:
        yield draft.fault(_URL, str(error), ConfigCode.BAD_LOG_URL)


def _kafka(draft: Draft) -> Iterator[Fault]:
    log = draft.settings.log
    try:
        hosts = parse_hosts(log.url)
    except ValueError as error:
        yield draft.fault(_URL, str(error), ConfigCode.BAD_LOG_URL)
        return
    if log.min_insync > log.replication:
        message = (
            f"min_insync ({log.min_insync}) is more than replication ({log.replication}): nothing could be written"
        )
        yield draft.fault(("log", "min_insync"), message, ConfigCode.OUT_OF_RANGE)
    if log.security is None and _SECURITY not in draft.refused and not all(map(_on_loopback, hosts)):
        message = (
            'beyond loopback log.security has to be said: "tls", "sasl" (a password, over TLS), or "plaintext"'
            " if everybody on that network may read and write the log"
        )
        yield draft.fault(_URL, message, ConfigCode.OPEN_LOG)
    yield from _password(draft)


def _on_loopback(host: str) -> bool:
    return is_loopback(name_of(host))


def _password(draft: Draft) -> Iterator[Fault]:
    """User name and password belong to sasl, and to nothing else."""
    log = draft.settings.log
    for key in _OF_SASL:
        path = ("log", key)
        given = getattr(log, key) is not None
        refused = {path, ("log", f"{key}_file")} & draft.refused
        if log.security is LogSecurity.SASL and not given and not refused:
            yield draft.fault(_SECURITY, f'security "sasl" needs "log.{key}"', ConfigCode.MISSING)
        if given and log.security is not LogSecurity.SASL and _SECURITY not in draft.refused:
            yield draft.fault(path, f'log.{key} means nothing without security = "sasl"', ConfigCode.LOG_KEY)
