"""Secret value: a secret's text out of its key, or out of the file that `<key>_file` names."""

from pathlib import Path
from typing import Any

from streams.settings.codes import ConfigCode
from streams.settings.scalars import Refused, wrong
from streams.settings.secret import Secret
from streams.settings.source import EnvText

LARGEST_BYTES = 65_536


def chosen(table: dict[str, Any], key: str) -> str | None:
    """Which of `key` and `<key>_file` speaks; the environment beats the file.

    Raises:
        Refused: both stand at the same level.
    """
    given = [name for name in (key, f"{key}_file") if name in table]
    if len(given) < 2:
        return given[0] if given else None
    from_environment = [name for name in given if isinstance(table[name], EnvText)]
    if len(from_environment) == 1:
        return from_environment[0]
    raise Refused(f"is given twice: as {key} and as {key}_file", ConfigCode.SECRET_TWICE)


def direct(raw: Any) -> Secret:
    """The secret that stands in the key itself."""
    if not isinstance(raw, str):
        raise wrong("a text", raw)
    return _checked(str(raw), ConfigCode.WRONG_TYPE)


def from_file(path: Path) -> Secret:
    """The secret in a file, without the line end after it.

    Raises:
        Refused: no such file, not readable, too large, no UTF-8, empty, or more than one line.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_BYTES + 1)
        text = data.decode("utf-8").strip()
    except OSError as error:
        raise Refused(
            f"cannot be read: {error.strerror}: {path}: check path, owner and mode", ConfigCode.SECRET_FILE
        ) from None
    except UnicodeDecodeError:
        raise Refused(f"is no UTF-8 text: {path}", ConfigCode.SECRET_FILE) from None
    if len(data) > LARGEST_BYTES:
        raise Refused(f"is larger than {LARGEST_BYTES} bytes: {path}", ConfigCode.SECRET_FILE)
    return _checked(text, ConfigCode.SECRET_FILE)


def _checked(text: str, code: ConfigCode) -> Secret:
    if not text:
        raise Refused("must not be empty", code)
    if not text.isprintable() or " " in text:
        raise Refused("must be one word: no blanks, line ends or control characters", code)
    return Secret(text)
