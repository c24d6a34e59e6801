"""Publishing: what goes onto `rules`, and what a reader makes of it again."""

import platform
from collections.abc import Iterable
from importlib.metadata import version as installed

from agents.policy import Judging, Sources, build
from streams.records.codec import to_wire
from streams.records.publication import Announced, Published
from streams.settings.model import Settings
from streams.shell.message import Send
from streams.topics import Topic

PARTITION = 0
"""All of `rules` lies in one partition: which version is the newest has to be the same for everybody."""

KEPT = 20
"""So many versions stay readable. A bridge that needs one that is gone lets everything through."""

VERSION_KEY, PROCESS_KEY = "version/", "process/"


class OtherPackError(ValueError):
    """The texts of a published version make another version here: this product has another pack."""


def publication(judging: Judging, at_ms: int) -> Published:
    """The record of a version, by this machine."""
    sources = judging.sources
    product = installed("countersign")
    return Published(judging.policy.version, platform.node(), at_ms, product, sources.rules, sources.people)


def rebuilt(settings: Settings, published: Published) -> Judging:
    """The version again, with this product's pack.

    Raises:
        FaultsFound: this product finds faults in its texts.
        OtherPackError: they make another version here.
    """
    judging = build(settings, sources_of(published))
    if judging.policy.version != published.version:
        raise OtherPackError(f"with the pack of this product they make version {judging.policy.version}")
    return judging


def sources_of(published: Published) -> Sources:
    """The texts of a version."""
    return Sources(published.rules, published.people)


def publish(published: Published, before: Iterable[str] = ()) -> list[Send]:
    """The messages that publish a version, and let go of those long before it; `before` has the oldest first."""
    others = list(dict.fromkeys(version for version in reversed(list(before)) if version != published.version))
    old = [Send(Topic.RULES, _version_key(version), None, PARTITION) for version in others[KEPT - 1 :]]
    return [Send(Topic.RULES, _version_key(published.version), to_wire(published), PARTITION), *old]


def announce(announced: Announced) -> Send:
    """The message in which a process says what it goes by."""
    return Send(Topic.RULES, f"{PROCESS_KEY}{announced.who}".encode(), to_wire(announced), PARTITION)


def leave(who: str) -> Send:
    """The message by which a process is not waited for any more."""
    return Send(Topic.RULES, f"{PROCESS_KEY}{who}".encode(), None, PARTITION)


def _version_key(version: str) -> bytes:
    return f"{VERSION_KEY}{version}".encode()
