"""`countersign run` hands its choices on: the configuration and the voice are the child's as well."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.support.checker import refusals
from tests.support.product import free_port

pytestmark = pytest.mark.system
ROOT = Path(__file__).parents[2]


def lines_of_a_life(folder: Path, *arguments: str, port: int, **environ: str) -> list[str]:
    """What `countersign run` says from its start over /readyz to a SIGTERM that it obeys."""
    with (folder / "output.log").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "agents.cli.main", "run", *arguments],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environ},
            stderr=output,
        )
    try:
        until = time.monotonic() + 40
        while not is_ready(port):
            assert process.poll() is None, (folder / "output.log").read_text()
            assert time.monotonic() < until
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait(10)
    return (folder / "output.log").read_text().splitlines()


def is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1) as answer:
            return answer.status == 200
    except OSError:
        return False


def test_the_environment_alone_runs_it_and_quiet_is_quiet(tmp_path: Path):
    port = free_port()
    listen = {"COUNTERSIGN_GATEWAY__LISTEN": f"127.0.0.1:{port}"}
    assert lines_of_a_life(tmp_path, "-q", port=port, **listen) == []
    assert (tmp_path / "countersign.db").exists()


def test_the_variable_names_the_childs_configuration_too(tmp_path: Path):
    port = free_port()
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "c.toml").write_text(f'[gateway]\nlisten = "127.0.0.1:{port}"\n')
    told = lines_of_a_life(tmp_path, port=port, COUNTERSIGN_CONFIG="etc/c.toml")
    assert any("pipeline_ready" in line for line in told)
    assert (tmp_path / "etc" / "countersign.db").exists()


def test_a_port_that_is_taken_is_named_and_nothing_is_started_again(tmp_path: Path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        environ = {**os.environ, "PYTHONPATH": str(ROOT), "COUNTERSIGN_GATEWAY__LISTEN": where}
        command = [sys.executable, "-m", "agents.cli.main", "run"]
        ended = subprocess.run(
            command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60, check=False
        )
    assert ended.returncode == 4
    assert f"gateway.listen {where} is taken: stop that process or choose another port" in ended.stderr
    assert ended.stderr.count("child_started") == 1
    assert "Traceback" not in ended.stderr
    assert refusals("run", ended.returncode, ended.stderr) == []


def test_a_second_run_says_at_once_whom_it_waits_for(tmp_path: Path):
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "COUNTERSIGN_GATEWAY__LISTEN": "127.0.0.1:0"}
    (tmp_path / "countersign.db.lock").touch()
    with (tmp_path / "countersign.db.lock").open("r+b") as lock, (tmp_path / "output.log").open("wb") as output:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write(b"4711")
        lock.flush()
        command = [sys.executable, "-m", "agents.cli.main", "run"]
        process = subprocess.Popen(command, cwd=tmp_path, env=environ, stderr=output)
        try:
            until = time.monotonic() + 20
            while b"already has a writer, process 4711" not in (tmp_path / "output.log").read_bytes():
                assert process.poll() is None
                assert time.monotonic() < until
                time.sleep(0.1)
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        finally:
            process.kill()
            process.wait(10)
