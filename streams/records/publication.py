"""Publication: a version of the rules and the people on its way to every process, and who goes by which."""

from msgspec import Struct

ANY = "*"
"""In `Announced.versions`: a bridge that lets everything through goes by every version."""


class SourceText(Struct, frozen=True):
    """A file that people wrote: what faults call it, and its text."""

    name: str
    text: str


class Published(Struct, frozen=True, tag="published"):
    """A version, with everything that makes it but the pack, which comes with the product of that version.

    `version` names rules and people together; whoever builds both from these texts gets the same, or has another
    pack. `host` published it, at `at_ms` (epoch milliseconds UTC). `people` is None where no file is configured.
    """

    version: str
    host: str
    at_ms: int
    product: str
    rules: list[SourceText]
    people: SourceText | None
    v: int = 1


class Announced(Struct, frozen=True, tag="announced"):
    """What one process goes by: a bridge what it filters by, a worker what its triage judges by.

    `who` names the process for this one life. `position` is where on `rules` a worker's version was published.
    """

    who: str
    role: str
    versions: list[str]
    at_ms: int
    position: int = -1
    v: int = 1


RulesMessage = Published | Announced
