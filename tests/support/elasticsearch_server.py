"""A real Elasticsearch for tests: one node on free loopback ports, in a temporary folder, stopped by its own id.

It refuses to run as root: where the tests are root, it runs as nobody, in a folder that is nobody's.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import pytest

from tests.support.jars import cache, locked
from tests.support.product import free_port

VERSION = "8.19.21"
ARTEFACT = f"org.elasticsearch.distribution.integ-test-zip:elasticsearch:{VERSION}:zip"
NOBODY = 65534
START_S = 90.0
STOP_S = 20.0
_FETCH_S = 600

CONTENT_MB = 4
"""The largest request it takes: less than a full batch of ours, as a proxy before a server may have it."""

_JVM = """\
-XX:+UseSerialGC
-XX:TieredStopAtLevel=1
-Djava.io.tmpdir=${ES_TMPDIR}
"""


class ElasticsearchServer:
    """One node without security; indices and templates are whoever's test it is."""

    def __init__(self, folder: Path) -> None:
        """Unpack it into a folder that the user it runs as can read."""
        self.port, self._transport_port = free_port(), free_port()
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        with zipfile.ZipFile(elasticsearch_zip()) as archive:
            archive.extractall(folder)
        self._home = folder / f"elasticsearch-{VERSION}"
        for name in ("conf", "data", "logs", "tmp"):
            (folder / name).mkdir()
        shutil.copy(self._home / "config" / "log4j2.properties", folder / "conf")
        (folder / "conf" / "jvm.options").write_text(_JVM, encoding="utf-8")
        (folder / "conf" / "elasticsearch.yml").write_text(self._settings(), encoding="utf-8")
        if os.getuid() == 0:
            for path in [folder, *folder.rglob("*")]:
                os.chown(path, NOBODY, NOBODY)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it; `wait` tells when it answers. It dies with the thread that starts it, so with the test run."""
        tied = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
        user: dict[str, Any] = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.getuid() == 0 else {}
        with self._output.open("ab") as output:
            self._process = subprocess.Popen(
                [*tied, "bash", str(self._home / "bin" / "elasticsearch")],
                cwd=self._folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                **user,
            )

    def wait(self) -> None:
        """Until its indices can be written to."""
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            assert self._process is not None
            assert self._process.poll() is None, f"Elasticsearch ended:\n{self._words()}"
            try:
                self._ask("GET", "_cluster/health?wait_for_status=yellow&timeout=30s")
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise AssertionError(f"no Elasticsearch within {START_S:.0f} s:\n{self._words()}")

    def stop(self) -> None:
        """End it as an operator does; its data stay."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(STOP_S)
            self._process = None

    def kill(self) -> None:
        """End launcher and server, which are a session of their own, as a power cut does; the data stay."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(STOP_S)
            self._process = None

    def wipe(self) -> None:
        """Remove every index and every template."""
        for path in ("_all?expand_wildcards=all", "_index_template/*"):
            self._ask("DELETE", path)

    def __enter__(self) -> Self:
        try:
            self.start()
            self.wait()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, *ended: object) -> None:
        try:
            self.stop()
        finally:
            self.kill()

    def _ask(self, method: str, path: str) -> None:
        request = urllib.request.Request(f"{self.url}/{path}", method=method)
        urllib.request.urlopen(request, timeout=35).close()

    def _words(self) -> str:
        return self._output.read_text(encoding="utf-8", errors="replace")[-3000:]

    @property
    def _output(self) -> Path:
        return self._folder / "output.log"

    def _environment(self) -> dict[str, str]:
        java = shutil.which("java")
        assert java is not None
        return {
            "PATH": os.environ["PATH"],
            "ES_JAVA_HOME": str(Path(java).resolve().parents[1]),
            "ES_PATH_CONF": str(self._folder / "conf"),
            "ES_TMPDIR": str(self._folder / "tmp"),
            "ES_JAVA_OPTS": "-Xms512m -Xmx512m",
        }

    def _settings(self) -> str:
        lines = {
            "cluster.name": "countersign-tests",
            "discovery.type": "single-node",
            "network.host": "127.0.0.1",
            "http.port": str(self.port),
            "transport.port": str(self._transport_port),
            "http.max_content_length": f"{CONTENT_MB}mb",
            "xpack.security.enabled": "false",
            "path.data": str(self._folder / "data"),
            "path.logs": str(self._folder / "logs"),
            "action.destructive_requires_name": "false",
            # Its own look at the disk neither sets the block of a full disk here nor lifts the one of a test.
            "cluster.routing.allocation.disk.threshold_enabled": "false",
            "cluster.info.update.interval": "60m",
        }
        return "".join(f"{key}: {value}\n" for key, value in lines.items())


@pytest.fixture(scope="session")
def elasticsearch_server() -> Iterator[ElasticsearchServer]:
    """The one node of this test process, with whatever earlier tests left on it."""
    with (
        tempfile.TemporaryDirectory(prefix="countersign-elasticsearch-", ignore_cleanup_errors=True) as folder,
        ElasticsearchServer(Path(folder)) as server,
    ):
        yield server


@pytest.fixture
def elasticsearch(elasticsearch_server: ElasticsearchServer) -> ElasticsearchServer:
    """One node without indices and templates."""
    elasticsearch_server.wipe()
    return elasticsearch_server


def elasticsearch_zip() -> Path:
    """The distribution, fetched once a user; skips where java or mvn is missing, in CI it fails."""
    missing = [name for name in ("java", "mvn") if shutil.which(name) is None]
    if missing:
        line = f"no real Elasticsearch here: {' and '.join(missing)} missing (openjdk-17-jre-headless, maven)"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(line)
    file = cache() / f"elasticsearch-{VERSION}.zip"
    with locked(file.with_suffix(".lock")):
        if not file.exists():
            _fetch(file)
    return file


def _fetch(file: Path) -> None:
    """Into a folder beside it first, so that a fetch cut short leaves nothing that looks whole."""
    with tempfile.TemporaryDirectory(dir=file.parent) as apart:
        goal = ["dependency:copy", f"-Dartifact={ARTEFACT}", f"-DoutputDirectory={apart}"]
        done = subprocess.run(
            ["mvn", "-q", "-B", *goal], cwd=apart, capture_output=True, text=True, timeout=_FETCH_S, check=False
        )
        if done.returncode != 0:
            pytest.fail(
                f"mvn could not fetch Elasticsearch:\n{(done.stdout + done.stderr)[-2000:]}", pytrace=False
            )
        next(Path(apart).glob("*.zip")).rename(file)
