"""Catalog: the texts as they were read from YAML, the team's own over the default ones, all faults together."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from string import Formatter
from typing import Any

from streams.settings.fault import Fault, FaultsFound, nearest
from streams.settings.located import Located, documents

CODE = "CS-T001"
LATE = {"yes": "answered_yes", "no": "answered_no", "allow": "approved"}
FILLED = {
    "question.one": {"name"},
    "question.many": {"name", "count"},
    "question.owner_one": {"name", "who"},
    "question.owner_many": {"name", "count", "who"},
    "question.why": {"why", "confidence"},
    "question.owner_why": {"why", "confidence"},
    "question.more": {"rest"},
    "question.sources": {"count", "sources"},
    "question.sources_and_more": {"count", "sources", "rest"},
    "question.deadline": {"deadline"},
    "details.counted": {"count"},
    "reminder": {"deadline"},
}


class Texts:
    """Texts by dotted name. Invariant: every name of the default file is there, and every one can be filled."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self._words = dict(words)

    def get(self, name: str, /, **values: str | int) -> str:
        """A text with its words in braces filled in."""
        return self._words[name].format(**values)

    def outcome(self, name: str) -> str:
        """The text of an outcome; one without a text of its own is told as an escalation."""
        return self._words.get(f"outcome.{name}", self._words["outcome.escalated"])

    def late(self, answer: str) -> str:
        """The line about an answer that came after the escalation."""
        return self._words[f"late.{LATE.get(answer, 'other')}"]


@cache
def default_texts() -> Texts:
    """The texts that come with the product."""
    return Texts(_default())


def load_texts(path: Path | None) -> Texts:
    """The default texts with a team's own over them, where there is such a file.

    Raises:
        FaultsFound: with every unknown name, value that is no text and word in braces that nothing fills.
    """
    if path is None:
        return default_texts()
    default = _default()
    located, faults = documents(str(path), _read(path), CODE)
    words = dict(default)
    for document in located:
        words |= _checked(document, default, faults)
    if faults:
        raise FaultsFound(faults)
    return Texts(words)


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        message = f"the texts cannot be read: {error.strerror}"
    except UnicodeDecodeError:
        message = "this is no UTF-8: save the file as UTF-8"
    raise FaultsFound([Fault(str(path), 1, 1, message, CODE)])


@cache
def _default() -> dict[str, str]:
    text = files("agents.texts").joinpath("texts.yaml").read_text("utf-8")
    located, faults = documents("texts.yaml", text, CODE)
    assert not faults, faults
    return {".".join(path): value for path, value in _leaves(located[0].value)}


def _leaves(value: Any, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    if not isinstance(value, dict):
        return [(path, value)]
    return [leaf for key, inner in value.items() for leaf in _leaves(inner, (*path, str(key)))]


def _checked(document: Located, default: Mapping[str, str], faults: list[Fault]) -> dict[str, str]:
    words: dict[str, str] = {}
    for path, value in _leaves(document.value):
        name = ".".join(path)
        if name not in default:
            message = f'unknown text "{name}"{nearest(name, default)}'
            faults.append(document.fault(path, message, CODE, at_key=True))
        elif not isinstance(value, str) or not value.strip():
            faults.append(document.fault(path, f"{name} must be a text", CODE))
        elif wrong := _unfillable(name, value):
            faults.append(document.fault(path, wrong, CODE))
        else:
            words[name] = value
    return words


def _unfillable(name: str, text: str) -> str | None:
    known = FILLED.get(name, set())
    try:
        for _, field, spec, conversion in Formatter().parse(text):
            if field is not None and (field not in known or spec or conversion):
                words = ", ".join(f"{{{word}}}" for word in sorted(known)) or "no words in braces"
                return f"{name} cannot fill {{{field}}}{nearest(field, known)}; it has {words}"
    except ValueError as error:
        return f"{name}: {error}"
    return None
