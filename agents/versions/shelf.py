"""Shelf: the versions that this process can judge by; a published one is built when somebody needs it."""

from collections.abc import Iterable

import structlog

from agents.decisions.versions import Told
from agents.plain_words import plain_words
from agents.policy import Judging
from agents.versions.publishing import rebuilt
from streams.records.publication import Published
from streams.settings.fault import FaultsFound
from streams.settings.model import Settings

log = structlog.get_logger(__name__)
KEPT = 8


class Shelf:
    """One thread at a time. `unusable` says of each version that cannot be built here why."""

    def __init__(self, settings: Settings, own: Judging) -> None:
        self._settings = settings
        self._texts: dict[str, Published] = {}
        self._built = {own.policy.version: own}
        self.unusable: dict[str, str] = {}

    def __contains__(self, version: object) -> bool:
        return version in self._built

    def __getitem__(self, version: str) -> Judging:
        return self._built[version]

    def published(self, version: str) -> Published | None:
        """The record of a version, with its texts."""
        return self._texts.get(version)

    def hear(self, told: Iterable[Told]) -> None:
        """Keep the texts of what was published."""
        for one in told:
            if isinstance(one.record, Published):
                self._texts[one.record.version] = one.record

    def add(self, judging: Judging) -> None:
        """A version that was built elsewhere."""
        self._built[judging.policy.version] = judging

    def build(self, wanted: Iterable[str]) -> None:
        """Build what is wanted and is not there; let go of what has not been wanted for longest."""
        for version in wanted:
            if version in self._built:
                self._built[version] = self._built.pop(version)
            elif version in self._texts and version not in self.unusable:
                self._build(self._texts[version])
        for version in list(self._built)[:-KEPT]:
            del self._built[version]

    def _build(self, published: Published) -> None:
        try:
            self._built[published.version] = rebuilt(self._settings, published)
        except Exception as fault:  # whatever is published, calls are judged by what was before
            why = str(fault.faults[0]) if isinstance(fault, FaultsFound) else plain_words(fault)
            self.unusable[published.version] = (
                f"{why} (published by {published.host}, release {published.product})"
            )
            log.exception("rules_unusable", version=published.version, why=self.unusable[published.version])
