"""The jars of a real Kafka, by Maven coordinates, once a machine: in the user's cache, never in the tree."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

POM = Path(__file__).with_name("kafka.pom.xml")
_FETCH_S = 600


def kafka_jars() -> Path:
    """The folder of the jars, fetched if need be; skips where java or mvn is missing, in CI it fails."""
    missing = [name for name in ("java", "mvn") if shutil.which(name) is None]
    if missing:
        line = f"no real Kafka here: {' and '.join(missing)} missing (openjdk-17-jre-headless, maven)"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(line)
    folder = _cache() / f"kafka-{hashlib.sha256(POM.read_bytes()).hexdigest()[:12]}"
    with _locked(folder.with_suffix(".lock")):
        if not folder.exists():
            _fetch(folder)
    return folder


def _cache() -> Path:
    """A folder of the user's, or one of the machine's where there is no home to write in."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "countersign-tests"
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError:
        home = Path(tempfile.gettempdir()) / f"countersign-tests-{os.getuid()}"
        home.mkdir(mode=0o700, exist_ok=True)
    return home


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One process at a time: the workers of a test run start together."""
    with path.open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _fetch(folder: Path) -> None:
    """Into a folder beside it first, so that a fetch cut short leaves nothing that looks whole."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as apart:
        shutil.copyfile(POM, Path(apart) / "pom.xml")
        where = Path(apart) / "lib"
        goal = ["dependency:copy-dependencies", f"-DoutputDirectory={where}", "-DincludeScope=runtime"]
        done = subprocess.run(
            ["mvn", "-q", "-B", *goal], cwd=apart, capture_output=True, text=True, timeout=_FETCH_S, check=False
        )
        if done.returncode != 0:
            pytest.fail(f"mvn could not fetch Kafka:\n{(done.stdout + done.stderr)[-2000:]}", pytrace=False)
        where.rename(folder)
