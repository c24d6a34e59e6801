"""Address: IP addresses as Event Ruler reads and compares them, digit by digit of their hexadecimal form."""

import re
from ipaddress import IPv4Network, IPv6Address, IPv6Network
from typing import NamedTuple

_V4 = re.compile(r"([0-9]+)\.([0-9]+)\.([0-9]+)\.([0-9]+)")
_V6 = re.compile(r"[0-9a-fA-F:]*:[0-9a-fA-F:]*")
_LONGEST_V4 = 15
_DIGITS = "0123456789ABCDEF"


class Network(NamedTuple):
    """The digits of the lowest and the highest address; both have 8, or both have 32."""

    low: str
    high: str


def digits(text: str) -> str | None:
    """An address as 8 or 32 hexadecimal digits; None: the text is none.

    Leading zeros do not make a part octal, and an IPv4 address inside an IPv6 one is an IPv4 address.
    """
    parts = _V4.fullmatch(text)
    if parts is not None:
        numbers = [int(part) for part in parts.groups()] if len(text) <= _LONGEST_V4 else []
        small = numbers and max(numbers) <= 255
        return "".join(f"{number:02X}" for number in numbers) if small else None
    if _V6.fullmatch(text) is None:
        return None
    try:
        address = IPv6Address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped
    return f"{int(address):032X}" if mapped is None else f"{int(mapped):08X}"


def network(text: str) -> Network | None:
    """A network out of an address and the number of its bits; None: the text is none."""
    address, _, bits = text.partition("/")
    low = digits(address)
    if low is None or not bits.isascii() or not bits.isdigit() or int(bits) >= len(low) * 4:
        return None
    kind = IPv4Network if len(low) == 8 else IPv6Network
    whole = kind((int(low, 16), int(bits)), strict=False)
    return Network(*(f"{int(end):0{len(low)}X}" for end in (whole.network_address, whole.broadcast_address)))


def holds(network: Network, text: str) -> bool:
    """Whether digits lie inside, as Event Ruler walks along them: what leaves both ends early is inside.

    So an IPv4 network holds the IPv6 addresses that begin with its digits as well.
    """
    at_low = at_high = True
    for at in range(len(network.low)):
        digit = text[at : at + 1]
        if not digit or digit not in _DIGITS:
            return False
        low, high = network.low[at], network.high[at]
        if (at_low and digit < low) or (at_high and digit > high):
            return False
        at_low, at_high = at_low and digit == low, at_high and digit == high
        if not at_low and not at_high:
            return True
    return True
