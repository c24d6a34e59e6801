"""Page: the people file under examination; whoever reads a part of it notes the faults here."""

from collections.abc import Mapping
from typing import Any

from agents.people.codes import PeopleCode
from agents.people.look_alike import mixture, outsider
from streams.settings.fault import Fault, nearest
from streams.settings.located import Located, Path
from streams.settings.source import dotted

_WORDS: dict[type, str] = {str: "a text", list: "a list", dict: "a mapping"}


class Page:
    """The file's values and the faults found in them so far."""

    def __init__(self, located: Located) -> None:
        self.located = located
        self.faults: list[Fault] = []

    def fault(self, path: Path, message: str, code: PeopleCode, *, at_key: bool = False) -> None:
        """Note a fault at the value of a path, or at its key."""
        self.faults.append(self.located.fault(path, message, code, at_key=at_key))

    def known_keys(self, path: Path, found: Mapping[Any, Any], known: tuple[str, ...]) -> None:
        """Note every key that means nothing here."""
        for key in found:
            if key not in known:
                hint = nearest(str(key), known) or f": known are {', '.join(known)}"
                self.fault((*path, str(key)), f'unknown key "{key}"{hint}', PeopleCode.UNKNOWN_KEY, at_key=True)

    def mapping(self, path: Path, value: Any) -> Mapping[Any, Any]:
        """A mapping; nothing at all counts as an empty one."""
        return value if self._is(path, value, dict) else {}

    def items(self, path: Path, value: Any) -> list[tuple[Path, Any]]:
        """The items of a list with their paths; nothing at all counts as an empty one."""
        return [((*path, index), item) for index, item in enumerate(value)] if self._is(path, value, list) else []

    def text(self, path: Path, value: Any) -> str | None:
        """A text that is not empty."""
        if not self._is(path, value, str):
            return None
        if not value.strip():
            self.fault(path, f"{path[-1]} must not be empty", PeopleCode.WRONG_TYPE)
            return None
        return str(value)

    def aws_name(self, path: Path, value: Any) -> str | None:
        """A name as AWS writes it: ASCII without blanks."""
        text = self.text(path, value)
        strange = outsider(text) if text is not None else None
        if strange is not None:
            message = f'"{text}" holds {strange}, which no AWS name does: is it a look-alike?'
            self.fault(path, message, PeopleCode.LOOK_ALIKE)
            return None
        return text

    def honest_text(self, path: Path, value: Any) -> str | None:
        """A text in one script, without invisible characters."""
        text = self.text(path, value)
        strange = mixture(text) if text is not None else None
        if strange is not None:
            message = f"{path[-1]} holds {strange} among other letters: is it a look-alike?"
            self.fault(path, message, PeopleCode.LOOK_ALIKE)
            return None
        return text

    def account(self, path: Path, key: Any) -> str | None:
        """An account number that is a key of a mapping, at `path`."""
        if isinstance(key, str) and len(key) == 12 and key.isascii() and key.isdecimal():
            return key
        message = f'an account number is 12 digits in quotes, not "{key}"'
        if not isinstance(key, str):
            message = "put this account number in quotes: without them YAML reads a number, with a leading 0 octal"
        self.fault(path, message, PeopleCode.BAD_ACCOUNT, at_key=True)
        return None

    def raw_keys(self, path: Path, found: Mapping[Any, Any]) -> list[tuple[Path, Any]]:
        """Each key with its path; a key that YAML read as another type stands in `places` as it was written."""
        written = [inner[-1] for inner in self.located.keys if inner[:-1] == path and inner[-1] not in found]
        strangers = iter(written)
        return [((*path, key if isinstance(key, str) else next(strangers, str(key))), key) for key in found]

    def _is(self, path: Path, value: Any, kind: type) -> bool:
        if isinstance(value, kind):
            return True
        if value is None and kind is not str:
            return False
        what = dotted(path) or "the file"
        quotes = ": put it in quotes" if kind is str and not isinstance(value, list | dict | None) else ""
        self.fault(path, f"{what} must be {_WORDS[kind]}{quotes}", PeopleCode.WRONG_TYPE)
        return False
