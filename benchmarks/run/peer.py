"""Peer: one other stream engine, run as its users would, in a venv that is no part of the product's."""

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-bench" / "bin" / "python"
LONGEST_S = 1_800.0


class Peer(NamedTuple):
    """A module of `benchmarks/peers`; `frames` reads our frames instead of single records."""

    name: str
    module: str
    state: bool = False
    frames: bool = False
    sends: bool = True


PEERS = (
    Peer("aiokafka + msgspec, our frames", "raw_aiokafka", frames=True, sends=False),
    Peer("aiokafka + msgspec", "raw_aiokafka", sends=False),
    Peer("confluent-kafka + msgspec", "raw_confluent", sends=False),
    Peer("Quix Streams", "quix", state=True),
    Peer("Bytewax, state not durable", "bytewax_flow", state=True),
    Peer("stock Faust, a table", "stock_faust", state=True),
    Peer("stock Faust, no table", "stock_faust"),
)


class Ran(NamedTuple):
    """What a peer told at its end, or why there is nothing to tell."""

    result: dict[str, Any]
    missing: str | None = None


def run(peer: Peer, *, hosts: str, topic: str, output: str, messages: int, python: Path = PYTHON) -> Ran:
    """Run it to its end on the cores that the caller has; a peer that cannot run is named, never left out."""
    if not python.exists():
        return Ran({}, f"{python.parents[1].name} is not there: make bench installs it")
    with tempfile.TemporaryDirectory(prefix="countersign-peer-") as folder:
        command = [str(python), "-m", f"benchmarks.peers.{peer.module}", *(["--state"] if peer.state else [])]
        given = {"hosts": hosts, "topic": topic, "output": output, "messages": messages, "folder": folder}
        command += [word for name, value in given.items() for word in (f"--{name}", str(value))]
        try:
            done = subprocess.run(
                command,
                cwd=ROOT,
                env=os.environ | {"PYTHONPATH": str(ROOT)},
                capture_output=True,
                text=True,
                timeout=LONGEST_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Ran({}, f"it did not end within {LONGEST_S:.0f} s")
    if done.returncode != 0:
        return Ran({}, f"it ended with {done.returncode}: {_last(done.stderr)}")
    return _told(done.stdout, done.stderr)


def _told(stdout: str, stderr: str) -> Ran:
    for line in reversed(stdout.splitlines()):
        if line.startswith("{"):
            return Ran(json.loads(line))
    return Ran({}, f"it told nothing: {_last(stderr)}")


def _last(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1][:300] if lines else "without a word"
