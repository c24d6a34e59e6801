"""Put this folder on PYTHONPATH and a Python process, and all it starts, can reach loopback only.

LOOPBACK_GUARD names a file that gets a line for each process that is guarded ("armed PID") and for each attempt
to leave this machine ("blocked PID ADDRESS"), which raises.
"""

import ipaddress
import os
import socket
import sys

LOCAL_NAMES = {"localhost", "", socket.gethostname()}


def _is_local(host: object) -> bool:
    if host is None or (isinstance(host, str | bytes) and not host):
        return True
    text = host.decode() if isinstance(host, bytes) else str(host)
    if text in LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(text.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _note(line: str) -> None:
    with open(os.environ["LOOPBACK_GUARD"], "a", encoding="utf-8") as file:  # noqa: PTH123 - no imports at start-up
        file.write(line + "\n")


def _check(event: str, arguments: tuple[object, ...]) -> None:
    if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None  # a unix socket's address is a path
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        host = arguments[0]
    else:
        return
    if not _is_local(host):
        _note(f"blocked {os.getpid()} {event} {host}")
        raise ConnectionRefusedError(f"loopback only: {event} {host}")


if "LOOPBACK_GUARD" in os.environ:
    _note(f"armed {os.getpid()}")
    sys.addaudithook(_check)
