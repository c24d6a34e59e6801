"""Scalars: one raw value becomes one typed value, or is refused with the reason."""

import datetime as dt
import json
import os.path
import re
from enum import StrEnum
from pathlib import Path
from typing import Any

from msgspec import inspect

from streams.settings.codes import ConfigCode
from streams.settings.fault import nearest
from streams.settings.model import WORKING_FEEDS, FeedKind
from streams.settings.source import EnvText
from streams.settings.urls import url_complaint

_DIGITS = re.compile(r"-?[0-9]{1,18}")


class Refused(Exception):  # noqa: N818 - becomes a fault of the user's file, not an error of ours
    """A value that does not fit; the message follows the key's name."""

    def __init__(self, message: str, code: ConfigCode) -> None:
        self.message = message
        self.code = code
        super().__init__(message)


def _what(raw: Any) -> str:
    """A value's type in words: the value itself might be a secret in the wrong place."""
    if isinstance(raw, dt.date | dt.time):
        return "a date or time"
    words = {bool: "true or false", int: "a whole number", float: "a fraction", dict: "a table", list: "a list"}
    return words.get(type(raw), "a text" if isinstance(raw, str) else "nothing")


def wrong(wanted: str, raw: Any) -> Refused:
    """The refusal of a value of another type."""
    return Refused(f"must be {wanted}, not {_what(raw)}", ConfigCode.WRONG_TYPE)


def table(raw: Any) -> dict[str, Any]:
    """A table, out of the environment as JSON."""
    value = _from_json(raw, "a table (as JSON)")
    if not isinstance(value, dict):
        raise wrong("a table", value)
    return value


def items(raw: Any) -> list[Any]:
    """A list, out of the environment as JSON."""
    value = _from_json(raw, "a list (as JSON)")
    if not isinstance(value, list):
        raise wrong("a list", value)
    return value


def _from_json(raw: Any, wanted: str) -> Any:
    if not isinstance(raw, EnvText):
        return raw
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise Refused(f"must be {wanted}, and this text is no JSON", ConfigCode.BAD_VARIABLE) from None


def scalar(kind: inspect.Type, raw: Any, folder: Path) -> Any:
    """The value of a key that is neither table nor list; relative paths start at `folder`.

    Raises:
        Refused: it does not fit.
    """
    match kind:
        case inspect.IntType(ge=least, le=most):
            return _number(raw, least, most)
        case inspect.BoolType():
            return _flag(raw)
        case inspect.EnumType(cls=words):
            return _word(raw, words)
        case inspect.StrType(min_length=least, pattern=pattern):
            return _text(raw, least or 0, pattern)
        case _:
            return path(raw, folder)


def url(raw: Any) -> str:
    """A base URL: https, or plain http on loopback."""
    text = _text(raw, 0, None)
    complaint = url_complaint(text)
    if complaint is not None:
        raise Refused(f"is refused: {complaint[0]}", complaint[1])
    return text


def _text(raw: Any, least: int, pattern: str | None) -> str:
    if not isinstance(raw, str):
        if pattern is not None and isinstance(raw, int):
            raise Refused("must be an account number of 12 digits in quotes", ConfigCode.BAD_ACCOUNT)
        raise wrong("a text", raw)
    if len(raw) < least:
        raise Refused("must not be empty", ConfigCode.WRONG_TYPE)
    if pattern is not None and re.fullmatch(pattern.removesuffix("$"), raw) is None:
        raise Refused(f'must be an account number of 12 digits, not "{raw}"', ConfigCode.BAD_ACCOUNT)
    return str(raw)


def _number(raw: Any, least: int | None, most: int | None) -> int:
    if isinstance(raw, EnvText) and _DIGITS.fullmatch(raw):
        raw = int(raw)
    if not isinstance(raw, int) or isinstance(raw, bool):
        raise wrong("a whole number", raw)
    if least is not None and raw < least:
        raise Refused(f"must be at least {least}, not {raw}", ConfigCode.OUT_OF_RANGE)
    if most is not None and raw > most:
        raise Refused(f"must be at most {most}", ConfigCode.OUT_OF_RANGE)
    return raw


def _flag(raw: Any) -> bool:
    if isinstance(raw, EnvText) and raw in {"true", "false"}:
        return raw == "true"
    if not isinstance(raw, bool):
        raise wrong("true or false", raw)
    return raw


def _word(raw: Any, words: type[StrEnum] | Any) -> StrEnum:
    # A kind of feed that would only be refused later is not worth suggesting.
    known = [str(word) for word in words if not isinstance(word, FeedKind) or word in WORKING_FEEDS]
    if not isinstance(raw, str):
        raise wrong(f"one of {', '.join(known)}", raw)
    if raw not in map(str, words):
        raise Refused(
            f'has an unknown word "{raw}"{nearest(raw, known)} ({", ".join(known)})', ConfigCode.UNKNOWN_WORD
        )
    found: StrEnum = words(str(raw))
    return found


def path(raw: Any, folder: Path) -> Path:
    """A path; a relative one starts at `folder`."""
    text = _text(raw, 1, None)
    if "\0" in text:
        raise Refused("must be a path, and a path has no NUL character", ConfigCode.WRONG_TYPE)
    return Path(os.path.normpath(folder / text))
