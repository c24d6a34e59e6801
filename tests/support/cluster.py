"""The product as several processes on a real Kafka: the roles, with stand-ins beside them."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from agents.decisions.audit.outside import Process
from agents.standins.thread import StandInThread
from streams.log.opening import mend_topics, open_log_reader
from streams.records.case import Case
from streams.records.codec import from_entry
from streams.settings.model import LogSettings
from streams.topics import changelog
from tests.support.kafka import KafkaServer
from tests.support.product import Product, free_port

PARTITIONS = 4


class RoleProcess:
    """One process of a role, with a port for its probes."""

    def __init__(self, name: str, folder: Path, config: Path, environ: dict[str, str]) -> None:
        self.name = name
        self.port = free_port()
        self.output = folder / f"{name}-{self.port}.log"
        self.started_s = time.monotonic()
        self._told_s: float | None = None
        self._took_s = 0.0
        command = [sys.executable, "-m", "agents.cli.main", name, "--config", str(config)]
        probes = {"COUNTERSIGN_HEALTH__LISTEN": f"127.0.0.1:{self.port}"}
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                command, cwd=folder, env=os.environ | environ | probes, stdout=output, stderr=output
            )

    def is_ready(self) -> bool:
        assert self.process.poll() is None, f"{self.name} ended:\n{self.tail()}"
        return _answers(self.port)

    def tail(self) -> str:
        return self.output.read_text(errors="replace")[-3000:]

    def stop(self, wait_s: float = 35.0) -> int:
        """SIGTERM, and the exit code."""
        self.tell()
        self.process.wait(wait_s)
        self.has_left()
        code: int = self.process.returncode
        return code

    def tell(self) -> None:
        """SIGTERM; one that has ended already was not told."""
        if self.process.poll() is None:
            self._told_s = time.monotonic()
            self.process.send_signal(signal.SIGTERM)

    def has_left(self) -> bool:
        """Whether it has ended; how long it took is taken at the first time that it has."""
        if self.process.poll() is None:
            return False
        if self._told_s is not None and not self._took_s:
            self._took_s = time.monotonic() - self._told_s
        return True

    def ended(self) -> Process | None:
        """How it ended, for the journal; None while it runs."""
        if not self.has_left():
            return None
        lines = self.output.read_text(errors="replace").splitlines()
        return Process(self.name, self.process.returncode, self._told_s is not None, self._took_s, lines)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def send(self, what: signal.Signals) -> None:
        self.process.send_signal(what)


class Cluster(Product):
    """Roles on Kafka in place of the one process; what is fed, asked and answered is the same."""

    def __init__(
        self, folder: Path, hands: StandInThread, kafka: KafkaServer, environ: dict[str, str], **overrides: Any
    ) -> None:
        self._environ = environ
        log = {"url": kafka.url, "partitions": PARTITIONS, "replication": 1, "min_insync": 1}
        super().__init__(folder, hands, **({"log": log} | overrides))
        self.log_settings = LogSettings(kafka.url, PARTITIONS, replication=1, min_insync=1)
        self.roles: list[RoleProcess] = []
        self.output.touch()
        left = mend_topics(self.log_settings)
        assert left == [], left

    def start_roles(self, *names: str, wait_s: float = 90.0, **environ: str) -> None:
        """Start one more process of each of these roles, and wait until all that run say that they are ready."""
        started = [RoleProcess(name, self.folder, self.config, self._environ | environ) for name in names]
        for role in started:
            if role.name == "gateway":
                role.port = self.port
        self.roles += started
        awaited = {*started, *self.running()}
        self.until(lambda: all(role.is_ready() for role in awaited), wait_s, "not every role is ready")

    def running(self, name: str = "") -> list[RoleProcess]:
        """The processes that have not ended, of that role or of all."""
        return [role for role in self.roles if role.process.poll() is None and name in {"", role.name}]

    def until(self, holds: Any, wait_s: float, what: str) -> Any:
        """As the product's, with the last words of every role."""
        until = time.monotonic() + wait_s
        while time.monotonic() < until:
            if found := holds():
                return found
            time.sleep(0.1)
        words = "\n".join(f"--- {role.name} {role.process.pid}\n{role.tail()}" for role in self.roles)
        raise AssertionError(f"{what} within {wait_s} s\n{words}")

    def processes(self) -> list[Process]:
        """The roles that have ended, however they did."""
        return [ended for role in self.roles if (ended := role.ended()) is not None]

    def close(self) -> None:
        """Leave nothing behind."""
        for role in self.roles:
            if role.process.poll() is None:
                role.process.send_signal(signal.SIGCONT)
                role.kill()

    def cases(self) -> dict[str, Case]:
        """The latest state of every case, from the log."""
        found: dict[str, Case] = {}
        topic = changelog("cases")
        with open_log_reader(self.log_settings) as reader:
            for partition in range(reader.partitions(topic)):
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


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
