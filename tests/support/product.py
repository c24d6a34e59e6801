"""The product as an operator runs it: a folder with its configuration, a real process, stand-ins beside it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agents.decisions.audit.outside import Process
from agents.standins.duo import DuoPerson, DuoPush
from agents.standins.slack_state import SlackMessage, SlackPerson
from agents.standins.thread import StandInThread
from streams.embedded.reader import LogReader
from streams.log.faults import LogUnusable
from streams.records.case import Case
from streams.records.codec import from_entry
from streams.topics import changelog

ACCOUNT = "111122223333"
FAST = {
    "group_wait_s": 1,
    "group_interval_s": 1,
    "prompt_timeout_s": 20,
    "reminder_after_s": 10,
    "push_timeout_s": 10,
    "delivery_timeout_s": 10,
    "grant_wait_s": 1,
}
NO_CAS = {"SSL_CERT_FILE": os.devnull}
"""Stand-ins speak plain HTTP: reading the machine's authorities was an eighth of each of hundreds of starts."""
PEOPLE = """
people:
  - {id: ada, name: Ada, slack: U0ADA, duo: ada, aws: {iam: {"111122223333": [ada]}}}
  - {id: grace, name: Grace, slack: U0GRACE, duo: grace, aws: {iam: {"111122223333": [grace]}}}
accounts:
  "111122223333": {name: production, owner: ada}
"""


def free_port() -> int:
    """A port of loopback that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def toml(values: dict[str, Any], section: str = "") -> str:
    """A configuration as TOML; lists of tables as [[name]]."""
    plain = {key: value for key, value in values.items() if not _is_table(value)}
    text = f"[{section}]\n" if section and plain else ""
    text += "".join(f"{key} = {_value(value)}\n" for key, value in plain.items())
    for key, value in values.items():
        if isinstance(value, dict):
            text += toml(value, f"{section}.{key}" if section else key)
        elif _is_table(value):
            for table in value:
                text += f"[[{key}]]\n" + "".join(f"{name} = {_value(one)}\n" for name, one in table.items())
    return text


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], dict))


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_value(one)}" for key, one in value.items()) + "}"
    return json.dumps(str(value) if isinstance(value, Path) else value)


class Product:
    """`countersign run` on a folder of its own, fed by files, against the stand-ins of `hands`."""

    def __init__(self, folder: Path, hands: StandInThread, **overrides: Any) -> None:
        self.folder = folder
        self.hands = hands
        self.standins = hands.standins
        for name in ("ada", "grace"):
            user = f"U0{name.upper()}"
            self.standins.slack.people[user] = SlackPerson(user, name)
            self.standins.duo.people[name] = DuoPerson(name)
        self.port = free_port()
        self.inbox = folder / "inbox"
        self.inbox.mkdir(exist_ok=True)
        self.log = folder / "countersign.db"
        self.process: subprocess.Popen[bytes] | None = None
        self.output = folder / "output.log"
        self._said = 0
        self._left: list[Process] = []
        (folder / "people.yaml").write_text(PEOPLE)
        settings = {
            **hands.standins.settings(),
            "run": {"mode": "enforce"},
            "log": {"url": f"sqlite:///{self.log}", "partitions": 4},
            "feeds": [{"kind": "files", "name": "inbox", "path": str(self.inbox), "accounts": [ACCOUNT]}],
            "people": {"path": "people.yaml"},
            "rules": {"paths": []},
            "gateway": {"listen": f"127.0.0.1:{self.port}"},
            "timing": FAST,
        }
        for key, value in overrides.items():
            settings[key] = {**settings[key], **value} if isinstance(value, dict) and key in settings else value
        self.config = folder / "countersign.toml"
        self.config.write_text(toml(settings))
        self.hands.standins.slack.interactions_url = f"http://127.0.0.1:{self.port}/slack/interactions"

    def start(self, *arguments: str, wait_s: float = 40.0, **environ: str) -> None:
        """Start it and wait until it says that it is ready."""
        command = [sys.executable, "-m", "agents.cli.main", "run", "--config", str(self.config), *arguments]
        with self.output.open("ab") as output:
            self._said = output.tell()
            self.process = subprocess.Popen(
                command, cwd=self.folder, env=os.environ | NO_CAS | environ, stdout=output, stderr=output
            )
        if wait_s:
            self.until_ready(wait_s)

    def until_ready(self, wait_s: float = 40.0) -> None:
        """Wait for /readyz."""
        self.until(self._is_ready, wait_s, "the product did not get ready")

    def until(self, holds: Any, wait_s: float, what: str) -> Any:
        """Wait until something holds, and give it back."""
        until = time.monotonic() + wait_s
        while time.monotonic() < until:
            if found := holds():
                return found
            time.sleep(0.1)
        raise AssertionError(f"{what} within {wait_s} s\n{self.output.read_text()[-4000:]}")

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=1) as answer:
                return answer.status == 200
        except OSError:
            return False

    def stop(self, wait_s: float = 30.0) -> int:
        """SIGTERM, and the exit code."""
        assert self.process is not None
        gone_before = self.process.poll() is not None
        began_s = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(wait_s)
        lines = self.output.read_bytes()[self._said :].decode(errors="replace").splitlines()
        self._left.append(Process("run", code, not gone_before, time.monotonic() - began_s, lines))
        return code

    def processes(self) -> list[Process]:
        """The processes that were told to end, in that order, each with what it wrote."""
        return list(self._left)

    def close(self) -> None:
        """Leave nothing behind, whatever became of it."""
        if self.process is not None and self.process.poll() is None:
            try:
                self.stop()
            finally:
                self.process.kill()
                self.process.wait(10)

    def feed(self, name: str, records: list[dict[str, Any]]) -> None:
        """Put a log file into the inbox."""
        self.drop(f"{name}.json", json.dumps({"Records": records}).encode())

    def drop(self, name: str, body: bytes) -> None:
        """Put a file into the inbox, renamed into place; its old time says that nobody writes it any more."""
        hidden = self.inbox / f".{name}.tmp"
        hidden.write_bytes(body)
        os.utime(hidden, (time.time() - 60, time.time() - 60))
        hidden.rename(self.inbox / name)

    def question(self, wait_s: float = 20.0) -> SlackMessage:
        """The first question that still has its buttons."""
        return self.until(self._question, wait_s, "no question came")

    def _question(self) -> SlackMessage | None:
        messages = self.standins.slack.messages
        return next((one for one in messages if one.button("countersign_yes")), None)

    def press(self, message: SlackMessage, answer: str, user: str | None = None) -> None:
        """Press Yes or No."""
        self.hands.run(self.standins.slack.click(message.channel, message.ts, f"countersign_{answer}", user))

    def push(self, wait_s: float = 20.0) -> DuoPush:
        """The first push that waits for a tap."""
        return self.until(self._push, wait_s, "no push came")

    def _push(self) -> DuoPush | None:
        return next((one for one in self.standins.duo.pushes if one.state == "pushed"), None)

    def tap(self, push: DuoPush, state: str) -> None:
        """Approve (allow), deny or report (fraud)."""
        self.hands.run(_soon(self.standins.duo.answer, push.txid, state))

    def ended(self, count: int = 1, wait_s: float = 30.0) -> list[Case]:
        """The cases, once that many have come to an end."""

        def enough() -> list[Case] | None:
            ended = [case for case in self.cases().values() if case.ended_ms is not None]
            return ended if len(ended) >= count else None

        return self.until(enough, wait_s, f"{count} cases did not end")

    def cases(self) -> dict[str, Case]:
        """The latest state of every case, from the log."""
        try:
            reader = LogReader(self.log)
        except LogUnusable:  # there is none yet, or it is being made
            return {}
        found: dict[str, Case] = {}
        topic = changelog("cases")
        with reader:
            for partition in range(reader.partitions(topic) if topic in reader.topics() else 0):
                offset = reader.begin_offset(topic, partition)
                while page := reader.read(topic, partition, offset, 500):
                    for message in page:
                        key = (message.key or b"").decode()
                        if message.value is None:
                            found.pop(key, None)
                        else:
                            found[key] = from_entry(Case, message.value)
                    offset = page[-1].offset + 1
        return found


def now_text(offset_s: float = 0.0) -> str:
    """An eventTime."""
    return datetime.fromtimestamp(time.time() + offset_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def _soon(work: Any, *arguments: Any) -> None:
    work(*arguments)
