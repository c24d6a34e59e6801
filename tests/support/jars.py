"""Jars: what a test needs from Maven, by coordinates, once a machine: in the user's cache, never in the tree."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

_FETCH_S = 600


def jars(pom: Path, name: str, needs: Sequence[str], without: str) -> Path:
    """The folder of a pom's jars, fetched if need be; skips where a program is missing, in CI it fails."""
    missing = [program for program in needs if shutil.which(program) is None]
    if missing:
        line = f"{without}: {' and '.join(missing)} missing (openjdk-17-jdk-headless, maven)"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(line)
    folder = cache() / f"{name}-{hashlib.sha256(pom.read_bytes()).hexdigest()[:12]}"
    with locked(folder.with_suffix(".lock")):
        if not folder.exists():
            _fetch(pom, name, folder)
    return folder


def cache() -> Path:
    """A folder of the user's, or one of the machine's where there is no home to write in."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "countersign-tests"
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError:
        home = Path(tempfile.gettempdir()) / f"countersign-tests-{os.getuid()}"
        home.mkdir(mode=0o700, exist_ok=True)
    return home


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One process at a time: the workers of a test run start together."""
    with path.open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _fetch(pom: Path, name: str, folder: Path) -> None:
    """Into a folder beside it first, so that a fetch cut short leaves nothing that looks whole."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as apart:
        shutil.copyfile(pom, Path(apart) / "pom.xml")
        where = Path(apart) / "lib"
        goal = ["dependency:copy-dependencies", f"-DoutputDirectory={where}", "-DincludeScope=runtime"]
        done = subprocess.run(
            ["mvn", "-q", "-B", *goal], cwd=apart, capture_output=True, text=True, timeout=_FETCH_S, check=False
        )
        if done.returncode != 0:
            pytest.fail(f"mvn could not fetch {name}:\n{(done.stdout + done.stderr)[-2000:]}", pytrace=False)
        where.rename(folder)
