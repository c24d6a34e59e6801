"""Secret texts: the secrets of a run in every spelling they may leak in, found without being shown."""

import base64
from collections.abc import Iterable, Mapping
from urllib.parse import quote

import msgspec

SHORTEST = 8
"""A shorter secret would be found in words that have nothing to do with it."""


class SecretTexts:
    """Secrets by the name that the configuration gives them.

    Invariant: neither `repr` nor a finding shows one, nor a part of one.
    """

    def __init__(self, texts: Mapping[str, str] | None = None) -> None:
        known = {name: text for name, text in (texts or {}).items() if len(text) >= SHORTEST}
        self.names = tuple(known)
        self.too_short = tuple(name for name in texts or {} if name not in known)
        self._spelled = [(spelling, name) for name, text in known.items() for spelling in _spellings(text)]

    def __bool__(self) -> bool:
        return bool(self.names)

    def __repr__(self) -> str:
        return f"SecretTexts({', '.join(self.names)})"

    def found_in(self, *texts: bytes) -> list[str]:
        """The names of the secrets that stand in any of these bytes."""
        return list(dict.fromkeys(name for text in texts for spelling, name in self._spelled if spelling in text))


def _spellings(text: str) -> Iterable[bytes]:
    """As it is, as JSON and a URL escape it, and as base64 has it wherever in the bytes it begins."""
    raw = text.encode()
    plain = {raw, msgspec.json.encode(text)[1:-1], quote(text, safe="").encode()}
    for shift in range(3):
        encoded = base64.b64encode(bytes(shift) + raw)
        first, last = -(-shift * 8 // 6), (shift + len(raw)) * 8 // 6
        plain |= {encoded[first:last], base64.urlsafe_b64encode(bytes(shift) + raw)[first:last]}
    return sorted(plain)
