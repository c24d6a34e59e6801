"""Checks: what each key may be beside the others; every fault, in the order of the model."""

import re
from collections.abc import Iterator
from typing import Any

from streams.settings.codes import ConfigCode
from streams.settings.draft import Draft
from streams.settings.fault import Fault
from streams.settings.feed_checks import check_feeds
from streams.settings.located import Path
from streams.settings.log_checks import check_log
from streams.settings.model import Mode
from streams.settings.secret import Secret
from streams.settings.urls import is_loopback, url_complaint

_LISTEN = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):([0-9]{1,5})")

_ENFORCE_NEEDS: dict[Path, str] = {
    ("people", "path"): "without people nobody can be asked",
    ("slack", "bot_token"): "the question is sent with it",
    ("slack", "team_id"): "an answer counts from this team only",
    ("slack", "app_id"): "an answer counts from this app only",
    ("duo", "api_url"): "a Yes is countersigned there",
    ("duo", "integration_key"): "a Yes is countersigned with it",
    ("duo", "secret_key"): "a Yes is countersigned with it",
    ("pagerduty", "routing_key"): "pages are sent with it",
}

_PREFIXES = {
    ("slack", "bot_token"): ("xoxb-", "xoxe.xoxb-"),
    ("slack", "app_token"): ("xapp-",),
    ("slack", "team_id"): ("T", "E"),
    ("slack", "app_id"): ("A",),
}

_TOKENS = {
    "xoxb-": "a bot, which belongs to slack.bot_token",
    "xapp-": "an app, which belongs to slack.app_token",
    "xoxp-": "a user, which nothing here takes",
}
"""Whose token it is that begins so."""


def check(draft: Draft) -> Iterator[Fault]:
    """Every fault that no single key shows."""
    yield from _paths(draft)
    yield from check_log(draft)
    yield from check_feeds(draft)
    yield from _credentials(draft)
    yield from _gateway(draft)
    yield from _ping(draft)
    yield from _timing(draft)
    if draft.settings.run.mode is Mode.ENFORCE:
        yield from _enforce(draft)


def _value(draft: Draft, path: Path) -> Any:
    value: Any = draft.settings
    for part in path:
        value = getattr(value, str(part))
    return value


def _paths(draft: Draft) -> Iterator[Fault]:
    """A path that is named must be there; a default that is not there was left out before."""
    settings = draft.settings
    named: list[tuple[Path, Any]] = [(("ca_file",), settings.ca_file), (("people", "path"), settings.people.path)]
    named.append((("log", "ca_file"), settings.log.ca_file))
    named.append((("slack", "texts"), settings.slack.texts))
    named += [(("rules", "paths", index), path) for index, path in enumerate(settings.rules.paths)]
    named += [((*path, "path"), feed.path) for path, feed in draft.feeds()]
    for key, path in named:
        if path is not None and not path.exists():
            yield draft.fault(key, f"there is no {path}: make it, or correct the path", ConfigCode.NO_SUCH_PATH)


def _credentials(draft: Draft) -> Iterator[Fault]:
    """Catches keys pasted into each other's places; of a value only a beginning that is known is repeated."""
    for path, prefixes in _PREFIXES.items():
        value = _value(draft, path)
        text = value.reveal() if isinstance(value, Secret) else value
        if text is None or text.startswith(prefixes):
            continue
        where = draft.source.secret_path(path)
        this = "the file that is named here holds" if where != path else "this is"
        kinds = (f"the token of {kind}" for beginning, kind in _TOKENS.items() if text.startswith(beginning))
        key = ".".join(map(str, path))
        message = f"{key} begins with {' or '.join(prefixes)}: {this} {next(kinds, 'something else')}"
        yield draft.fault(where, message, ConfigCode.WRONG_CREDENTIAL)


def _gateway(draft: Draft) -> Iterator[Fault]:
    gateway = draft.settings.gateway
    if not _is_address(gateway.listen):
        message = "gateway.listen is HOST:PORT, an IPv6 address in brackets"
        yield draft.fault(("gateway", "listen"), message, ConfigCode.BAD_LISTEN)
    elif not is_loopback(gateway.host) and gateway.console_token is None:
        message = "listening beyond loopback needs gateway.console_token: the pages would be open to all"
        yield draft.fault(("gateway", "listen"), message, ConfigCode.OPEN_CONSOLE)
    probes = draft.settings.health.listen
    if probes is not None and not _is_address(probes):
        message = "health.listen is HOST:PORT, an IPv6 address in brackets"
        yield draft.fault(("health", "listen"), message, ConfigCode.BAD_LISTEN)


def _is_address(listen: str) -> bool:
    found = _LISTEN.fullmatch(listen)
    return found is not None and int(found[2]) <= 65_535


def _ping(draft: Draft) -> Iterator[Fault]:
    """Checked here, for what is a secret is no URL to the reader; the message never repeats it."""
    url = draft.settings.watchdog.ping_url
    complaint = url_complaint(url.reveal()) if url is not None else None
    if complaint is not None:
        yield draft.fault(
            draft.source.secret_path(("watchdog", "ping_url")),
            f"watchdog.ping_url is refused: {complaint[0]}",
            complaint[1],
        )


def _timing(draft: Draft) -> Iterator[Fault]:
    """A question must leave room for its own deadlines."""
    timing = draft.settings.timing
    for key in ("group_wait_s", "reminder_after_s", "push_timeout_s", "delivery_timeout_s"):
        value = getattr(timing, key)
        if value >= timing.prompt_timeout_s:
            message = f"{key} ({value}) must be shorter than prompt_timeout_s ({timing.prompt_timeout_s})"
            yield draft.fault(("timing", key), message, ConfigCode.TIMING)
    if timing.grant_wait_s >= draft.settings.limits.lateness_h * 3600:
        message = f"grant_wait_s ({timing.grant_wait_s}) must be shorter than limits.lateness_h"
        yield draft.fault(("timing", "grant_wait_s"), message, ConfigCode.TIMING)


def _enforce(draft: Draft) -> Iterator[Fault]:
    """What cannot be missing once people are asked and paged."""
    for path, why in _ENFORCE_NEEDS.items():
        refused = {path, (*path[:-1], f"{path[-1]}_file")} & draft.refused
        if _value(draft, path) is None and not refused:
            key = ".".join(map(str, path))
            message = f'mode "enforce" needs "{key}": {why}'
            yield draft.fault(path, message, ConfigCode.MISSING)
    slack = draft.settings.slack
    if slack.app_token is None and slack.signing_secret is None:
        message = (
            'mode "enforce" needs "slack.app_token" or "slack.signing_secret": answers come in with one of them'
        )
        yield draft.fault(("slack",), message, ConfigCode.MISSING)
    if not draft.settings.feeds and not any(path[0] == "feeds" for path in draft.refused):
        yield draft.fault(("feeds",), 'mode "enforce" needs at least one of [[feeds]]', ConfigCode.MISSING)
