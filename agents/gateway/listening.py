"""Listening: the gateway's address, and a refusal that names the setting where it cannot be had."""

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from agents.plain_words import system_words


class AddressRefused(Exception):  # noqa: N818 - the operator reads of an address, not of an error in code
    """The gateway cannot listen where it is told to; the text is written for the operator."""


@contextmanager
def listening(host: str, port: int) -> Iterator[None]:
    """Around whatever makes a server listen at an address.

    Raises:
        AddressRefused: the address is taken, not ours, or not for this user.
    """
    try:
        yield
    except OSError as error:
        raise AddressRefused(_refusal(host, port, error)) from error


def try_address(host: str, port: int) -> None:
    """Bind the address for a moment.

    Raises:
        AddressRefused: as `listening`.
    """
    with listening(host, port):
        family, kind, number, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, number) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)


def _refusal(host: str, port: int, error: OSError) -> str:
    """What is wrong with the address, and what to do."""
    where = f"gateway.listen {f'[{host}]' if ':' in host else host}:{port}"
    if error.errno == errno.EADDRINUSE:
        return f"{where} is taken: stop that process or choose another port"
    if error.errno == errno.EACCES:
        return f"{where}: a port below 1024 is for root alone: choose another port"
    return f"{where} cannot be used: {system_words(error)}"
