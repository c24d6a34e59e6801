"""A real Apache Kafka for tests: one node or three, on free loopback ports, in a temporary folder.

`kafka` is one node without topics, the same server for all tests of a process; `three_brokers` is a cluster of
its own for each module, whose brokers may be killed, paused and started again.
"""

import asyncio
import base64
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, Self, TypeVar

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from tests.support.kafka_jars import kafka_jars

T = TypeVar("T")

ON_KAFKA = [pytest.mark.system, pytest.mark.xdist_group("kafka")]
"""Marks of a test on the one node: together they run in one process, which starts the one server."""

START_S = 60.0
STOP_S = 20.0

_JAVA = ("-Xmx512m", "-Xms64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")
_QUIET = "-Dorg.apache.logging.log4j.level=WARN"


class KafkaNode:
    """One process: broker and controller in one."""

    def __init__(self, number: int, folder: Path, jars: Path) -> None:
        self.number = number
        self.folder = folder
        self.port, self.controller_port = _free_port(), _free_port()
        self._jars = jars
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def format(self, cluster_id: str, properties: str, *users: str) -> None:
        """Write its properties and its empty log; `users` are SCRAM credentials as the tool takes them."""
        self.folder.mkdir()
        self._file.write_text(properties, encoding="utf-8")
        command = [*self._java("kafka.tools.StorageTool"), "format", "-t", cluster_id, "-c", str(self._file)]
        for user in users:
            command += ["--add-scram", user]
        done = subprocess.run(command, capture_output=True, text=True, timeout=START_S, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self) -> None:
        """Start it; `KafkaServer.wait` tells when it answers. It dies with the test run, however that ends."""
        tied = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(
                [*tied, *self._java("kafka.Kafka"), str(self._file)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def stop(self) -> None:
        """End it as an operator does; its data stay."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut does; its data stay."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Stop it where it is: connections stay open and nothing answers."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on after `pause`."""
        os.kill(self.pid, signal.SIGCONT)

    def check(self) -> None:
        """Fail with its last words if it has ended by itself."""
        if self._process is not None and self._process.poll() is not None:
            words = self.output.read_text(encoding="utf-8", errors="replace")[-3000:]
            raise AssertionError(f"Kafka node {self.number} ended with {self._process.returncode}:\n{words}")

    @property
    def output(self) -> Path:
        return self.folder / "output.log"

    @property
    def _file(self) -> Path:
        return self.folder / "server.properties"

    def _java(self, main: str) -> list[str]:
        return ["java", *_JAVA, _QUIET, "-cp", f"{self._jars}/*", main]

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(how)
            self._process.send_signal(signal.SIGCONT)
            try:
                self._process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(STOP_S)
        self._process = None


class KafkaServer:
    """One node or several as one cluster; `properties` are added to each node's own."""

    users: tuple[str, ...] = ()
    """SCRAM credentials; to be set before it is entered."""

    def __init__(self, folder: Path, nodes: int = 1, **properties: str) -> None:
        jars = kafka_jars()
        folder.mkdir(parents=True, exist_ok=True)
        self.nodes = [KafkaNode(number, folder / f"node-{number}", jars) for number in range(1, nodes + 1)]
        self.properties = properties

    @property
    def hosts(self) -> list[str]:
        return [node.host for node in self.nodes]

    @property
    def url(self) -> str:
        """As the configuration has it."""
        return f"kafka://{','.join(self.hosts)}"

    def __enter__(self) -> Self:
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "A")
        for node in self.nodes:
            node.format(cluster_id, self._text(node), *self.users)
        try:
            for node in self.nodes:
                node.start()
            self.wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *ended: object) -> None:
        for node in self.nodes:
            node.kill()

    def wait(self, nodes: int | None = None) -> None:
        """Until so many brokers (all of them if left out) are in the cluster and answer."""
        wanted = len(self.nodes) if nodes is None else nodes
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            for node in self.nodes:
                node.check()
            if run_apart(lambda: _brokers(self.hosts)) >= wanted:
                return
            time.sleep(0.1)
        raise AssertionError(f"not {wanted} Kafka brokers within {START_S:.0f} s: {self.hosts}")

    def wipe(self) -> None:
        """Delete every topic, and with the topics what groups committed for them."""
        run_apart(lambda: _wipe(self.hosts))

    def _text(self, node: KafkaNode) -> str:
        copies = str(min(3, len(self.nodes)))
        lines = {
            "process.roles": "broker,controller",
            "node.id": str(node.number),
            "controller.quorum.voters": ",".join(
                f"{each.number}@127.0.0.1:{each.controller_port}" for each in self.nodes
            ),
            "listeners": f"PLAINTEXT://{node.host},CONTROLLER://127.0.0.1:{node.controller_port}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAINTEXT",
            "log.dirs": str(node.folder / "data"),
            "auto.create.topics.enable": "false",
            "default.replication.factor": copies,
            "offsets.topic.replication.factor": copies,
            "offsets.topic.num.partitions": "4",
            "transaction.state.log.replication.factor": copies,
            "transaction.state.log.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
            "log.cleaner.dedupe.buffer.size": "16777216",
            "log.cleaner.threads": "1",
            "broker.session.timeout.ms": "4000",  # one that was killed may come back after so long
            "broker.heartbeat.interval.ms": "500",
        } | self.properties
        return "".join(f"{key}={value}\n" for key, value in lines.items())


@pytest.fixture(scope="session")
def kafka_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaServer]:
    """The one node of this test process, with whatever earlier tests left on it."""
    with KafkaServer(tmp_path_factory.mktemp("kafka")) as server:
        yield server


@pytest.fixture
def kafka(kafka_server: KafkaServer) -> KafkaServer:
    """One node without topics."""
    kafka_server.wipe()
    return kafka_server


@pytest.fixture(scope="module")
def three_brokers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaServer]:
    """Three nodes, for one module; whoever ends one starts it again and waits."""
    with KafkaServer(tmp_path_factory.mktemp("kafka-three"), nodes=3, **{"min.insync.replicas": "2"}) as server:
        yield server


def run_apart(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine to its end on a loop of its own, also where this thread has one that runs."""
    results: list[T] = []
    failures: list[BaseException] = []

    def run() -> None:
        try:
            results.append(asyncio.run(work()))
        except BaseException as error:  # noqa: BLE001 - it is raised again below
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]
    return results[0]


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


async def _brokers(hosts: list[str]) -> int:
    """How many brokers the cluster says it has; 0 while nobody answers."""
    admin = AIOKafkaAdminClient(bootstrap_servers=hosts, request_timeout_ms=5_000)
    try:
        await admin.start()
        return len((await admin.describe_cluster())["brokers"])
    except (KafkaError, TimeoutError):
        return 0
    finally:
        await admin.close()


async def _wipe(hosts: list[str]) -> None:
    """A broker that was started again is of the cluster before it takes connections: so ask again."""
    end = time.monotonic() + START_S
    while True:
        admin = AIOKafkaAdminClient(bootstrap_servers=hosts)
        try:
            await admin.start()
            while topics := [name for name in await admin.list_topics() if not name.startswith("__")]:
                await admin.delete_topics(topics)
                await asyncio.sleep(0.05)
        except KafkaError:
            if time.monotonic() > end:
                raise
            await asyncio.sleep(0.2)
        else:
            return
        finally:
            await admin.close()
