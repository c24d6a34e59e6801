"""Pairs: patterns, and events that nearly fulfil them, out of a seed; all that the language has, in all nestings.

An event is made out of its pattern: each leaf by a value that its alternative accepts, or barely does not.

Left out, for there Event Ruler contradicts itself: fields without a name, which it loses, and a `cidr` beside a
number for one field: alone it takes the digits of a JSON number for an address's, beside a number it does not.
"""
# ruff: noqa: RUF001 - letters that look alike are what ignoring case is about

import random
from typing import Any

NAMES = ("a", "b", "c", "eventName", "Ä", "a.b", "exists", "numeric")
"""Few, so that fields meet; the last two are words of the language outside of `$or`."""

LETTERS = ("a", "b", "A", "B", "ab", "é", "É", "ß", "\u212a", "ı", "𐐀", "*", "\\", '"', " ", ".", "0", "K", "ſ")
# A page of one value a line says less.
# fmt: off
TEXTS = (
    "", "a", "ab", "aB", "abc", "null", "true", "1", "1.0", "*", "a*b", "a\\b", 'say "a"', "ÄB", "äb", "straße",
    "STRASSE", "\u212a", "k", "K", "ı", "I", "i", "İ", "ΑΣ", "ας", "ασ", "𐐀", "𐐨", "ǅ", "a\u0000b", "line\nline",
    "arn:aws:iam::111122223333:role/Admin",
)
ADDRESSES = (
    "10.0.0.1", "10.0.0.255", "10.0.1.0", "0.0.0.0", "255.255.255.255", "010.0.0.1", "10.0.0.256", "10.0.0",
    "10.1", "10.0.0.1 ", "10.0.0.1/32", "::1", "0:0:0:0:0:0:0:1", "2001:db8::1", "2001:DB8::1", "2001:db8:0::1",
    "::", "::ffff:10.0.0.1", "::ffff:a00:1", "2001:db8:1::", "2001:db8::/32", "fe80::1%eth0", ":", ":::",
    "1::2::3", "12345::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1.2.3.4.5", "00010.0.0.1",
    "1.2.3.09", "99999999999.0.0.1", "1", "::10.0.0.1", "a00::1", "a00:1::", "aff:ffff::", "a00:ff::", "8000::",
    "7fff::1", "0.0.0.1", "10.0.0.254",
)
NETWORKS = (
    "10.0.0.0/24", "10.0.0.5/24", "10.0.0.0/31", "0.0.0.0/0", "10.0.0.1/8", "2001:db8::/32", "2001:db8::5/64",
    "::/0", "::1/127", "fe80::/10", "010.0.0.0/8", "a00::/16", "128.0.0.0/1", "10.0.0.254/31",
)
NUMBERS = (
    0, 1, 2, 5, 10, -1, 300, 0.5, 1.0, 1.5, -0.0, 1e3, 2.5e2, 0.1, 0.3, 0.000001, -0.000001, 4999999999.999999,
    5000000000, -5000000000, 5e9, 3.018e2, 111122223333, 1e16, 5000000001, 0.1234567, 1e-7, 2**63, -(2**70),
)
# fmt: on
COMPARABLE = NUMBERS[:-2]
NEAR = 0.000001
OPERATORS = ("=", "<", "<=", ">", ">=")
WORDS = ("prefix", "suffix", "equals-ignore-case", "wildcard", "anything-but", "numeric", "exists", "cidr")
REFUSED = ("prefix", "suffix", "equals-ignore-case", "wildcard")
DEEPEST = 3


class Pairs:
    """Pairs out of one seed; the same seed makes the same pairs."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._addresses: set[str] = set()
        """The fields of this pattern that may be addresses, and are no numbers then."""

    def pair(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """A pattern, and an event for it."""
        self._addresses = {
            name for name in ("a", "b", "c", "eventName", "Ä", "exists", "numeric") if self._chance(0.5)
        }
        pattern = self._pattern(0, "", set(), inside_or=False)
        event = self._event(pattern)
        if self._chance(0.2):
            self._put(event, self._pick(NAMES), self._junk(2))
        return pattern, event

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def _pick(self, choices: Any) -> Any:
        return self._random.choice(choices)

    def _pattern(self, depth: int, prefix: str, taken: set[str], *, inside_or: bool) -> dict[str, Any]:
        """An object of a pattern: fields, objects, and now and then an `$or`; no field stands twice."""
        names = [name for name in NAMES if not (inside_or and name in WORDS)]
        found: dict[str, Any] = {}
        for name in self._random.sample(names, self._random.choice((1, 1, 2, 2, 3))):
            path = f"{prefix}.{name}"
            if depth < DEEPEST and self._chance(0.35):
                found[name] = self._pattern(depth + 1, path, taken, inside_or=inside_or)
            elif path not in taken:
                taken.add(path)
                found[name] = self._alternatives(name)
        if depth < DEEPEST and self._chance(0.2):
            before = frozenset(taken)
            branches = [set(before) for _ in range(self._random.choice((2, 2, 3)))]
            found["$or"] = [self._pattern(depth + 1, prefix, branch, inside_or=True) for branch in branches]
            taken.update(*branches)
        return {name: value for name, value in found.items() if value} or {f"only{depth}": self._alternatives("a")}

    def _alternatives(self, name: str) -> list[Any]:
        """The list of a field."""
        address = name.rpartition(".")[2] in self._addresses
        return [self._alternative(address=address) for _ in range(self._random.choice((1, 1, 1, 2, 3)))]

    def _alternative(self, *, address: bool) -> Any:
        """A value or a matcher."""
        if self._chance(0.3):
            return self._scalar(numbers=not address)
        word = self._pick([word for word in WORDS if word != ("numeric" if address else "cidr")])
        return {word: self._argument(word, numbers=not address)}

    def _argument(self, word: str, *, numbers: bool) -> Any:
        if word in ("prefix", "suffix"):
            text = self._text()
            return {"equals-ignore-case": text} if self._chance(0.3) else text
        if word == "equals-ignore-case":
            return self._text()
        if word == "wildcard":
            return self._wildcard()
        if word == "numeric":
            return self._bounds()
        if word == "exists":
            return self._chance(0.5)
        if word == "cidr":
            return self._pick(NETWORKS)
        return self._refused(numbers=numbers)

    def _bounds(self) -> list[Any]:
        small = [number for number in NUMBERS if abs(number) <= 5e9]
        if self._chance(0.5):
            low, high = sorted(self._random.sample(small, 2))
            return [self._pick((">", ">=")), low, self._pick(("<", "<=")), high]
        return [self._pick(OPERATORS), self._pick(small)]

    def _refused(self, *, numbers: bool) -> Any:
        if self._chance(0.4):
            word = self._pick(REFUSED)
            make = self._wildcard if word == "wildcard" else (lambda: self._text() or "b")
            return {word: self._one_or_more(make)}
        make = self._text if self._chance(0.6) or not numbers else lambda: self._pick(COMPARABLE)
        return self._one_or_more(make)

    def _one_or_more(self, make: Any) -> Any:
        return make() if self._chance(0.5) else [make() for _ in range(self._random.choice((1, 2, 3)))]

    def _wildcard(self) -> str:
        parts = [self._pick(("*", "a", "b", "\\*", "\\\\", "é", "ab")) for _ in range(self._random.randint(0, 5))]
        return "".join(part for at, part in enumerate(parts) if part != "*" or at == 0 or parts[at - 1] != "*")

    def _text(self) -> str:
        if self._chance(0.15):
            return str(self._pick(ADDRESSES))
        if self._chance(0.5):
            return str(self._pick(TEXTS))
        return "".join(self._pick(LETTERS) for _ in range(self._random.randint(1, 4)))

    def _scalar(self, *, numbers: bool = True) -> Any:
        kind = self._random.random()
        if kind < 0.5:
            return self._text()
        return self._pick(NUMBERS) if kind < 0.8 and numbers else self._pick((True, False, None))

    def _junk(self, depth: int) -> Any:
        kind = self._random.random()
        if depth == 0 or kind < 0.5:
            return self._scalar()
        if kind < 0.75:
            return [self._junk(depth - 1) for _ in range(self._random.randint(0, 3))]
        return {self._pick(NAMES): self._junk(depth - 1) for _ in range(self._random.randint(0, 2))}

    def _event(self, pattern: dict[str, Any]) -> dict[str, Any]:
        event: dict[str, Any] = {}
        for name, wanted in pattern.items():
            if self._chance(0.1):
                continue
            if name == "$or":
                for choice in wanted if self._chance(0.3) else [self._pick(wanted)]:
                    for inner, value in self._event(choice).items():
                        self._put(event, inner, value)
            else:
                self._put(event, name, self._field(wanted))
        return event

    def _put(self, event: dict[str, Any], name: str, value: Any) -> None:
        """A field under its name, or as people who flatten write it: a.b for b inside of a."""
        if isinstance(value, dict) and value and self._chance(0.1):
            inner = self._pick(list(value))
            event[f"{name}.{inner}"] = value[inner]
        elif isinstance(event.get(name), dict) and isinstance(value, dict):
            event[name].update(value)
        else:
            event[name] = value

    def _field(self, wanted: Any) -> Any:
        make = (lambda: self._event(wanted)) if isinstance(wanted, dict) else (lambda: self._leaf(wanted))
        kind = self._random.random()
        if kind < 0.6:
            return make()
        if kind < 0.65:
            return self._junk(2)
        listed = [
            make() if self._chance(0.8) else self._junk(2) for _ in range(self._random.choice((0, 1, 2, 2, 3)))
        ]
        return [listed] if kind > 0.95 else listed

    def _leaf(self, alternatives: list[Any]) -> Any:
        alternative = self._pick(alternatives)
        if not isinstance(alternative, dict):
            return self._near(alternative)
        [(word, argument)] = alternative.items()
        if word == "anything-but" and isinstance(argument, dict):
            [(word, argument)] = argument.items()
        if isinstance(argument, dict):
            [argument] = argument.values()
        if isinstance(argument, list) and word != "numeric":
            argument = self._pick(argument)
        return self._for_word(word, argument)

    def _for_word(self, word: str, argument: Any) -> Any:
        if word == "numeric":
            return self._near(self._pick([bound for bound in argument if not isinstance(bound, str)]))
        if word == "cidr":
            return self._pick(ADDRESSES)
        if word == "exists" or self._chance(0.1):
            return self._scalar()
        if word == "prefix":
            return self._recased(argument) + self._pick(("", "a", "é"))
        if word == "suffix":
            return self._pick(("", "a", "é")) + self._recased(argument)
        if word == "wildcard":
            filled = "".join(self._pick(("", "a", "ab", "*")) if part == "*" else part for part in argument)
            return filled.replace("\\", "") if self._chance(0.8) else filled
        return self._near(argument)

    def _near(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._recased(value) + ("" if self._chance(0.8) else self._pick(LETTERS))
        if isinstance(value, bool) or value is None:
            return value if self._chance(0.7) else self._scalar()
        if self._chance(0.2):
            return str(value)
        return value if self._chance(0.6) else round(value + self._pick((-1, 1, -NEAR, NEAR)), 6)

    def _recased(self, text: str) -> str:
        return self._pick((text, text, text.upper(), text.lower(), text.swapcase(), text.casefold()))
