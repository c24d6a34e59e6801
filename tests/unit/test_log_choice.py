"""Which verbs serve which log, and in what words the others refuse."""

import subprocess
import sys

import pytest

from agents.roles.log_choice import ROLES, load_for_kafka, load_for_one_machine
from streams.settings.fault import FaultsFound
from tests.support.checker import refusals

EMBEDDED = {"COUNTERSIGN_LOG__URL": "sqlite:///x.db"}
KAFKA = {"COUNTERSIGN_LOG__URL": "kafka://127.0.0.1:9092"}


def test_each_verb_takes_its_own_log():
    assert load_for_one_machine(None, EMBEDDED).log.url.endswith("x.db")
    for role in ROLES:
        assert load_for_kafka(None, KAFKA, role).log.url == "kafka://127.0.0.1:9092"


def test_run_on_kafka_names_the_verbs_to_use(tmp_path):
    file = tmp_path / "countersign.toml"
    file.write_text('[log]\nurl = "kafka://127.0.0.1:9092"\n')
    with pytest.raises(FaultsFound) as found:
        load_for_one_machine(file, {})
    (fault,) = found.value.faults
    assert (fault.file, fault.line, fault.code) == (str(file), 2, "CS-C027")
    assert all(f"`countersign {role}`" in fault.message for role in ROLES)


def test_a_role_on_the_embedded_log_names_run():
    with pytest.raises(FaultsFound) as found:
        load_for_kafka(None, EMBEDDED, "worker")
    (fault,) = found.value.faults
    assert "`countersign run`" in fault.message


@pytest.mark.system
@pytest.mark.parametrize("role", ["bridge", "gateway", "watchdog"])
def test_only_the_worker_needs_the_stream_engine(role):
    program = f"import sys, agents.roles.{role}; sys.exit('faust' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], timeout=60, check=False).returncode == 0


@pytest.mark.system
@pytest.mark.parametrize("role", ROLES)
def test_a_role_whose_brokers_do_not_answer_says_so_in_one_line_and_leaves_with_4(role, tmp_path):
    file = tmp_path / "countersign.toml"
    file.write_text('[log]\nurl = "kafka://127.0.0.1:9"\nreplication = 1\nmin_insync = 1\n')
    command = [sys.executable, "-m", "agents.cli.main", "-q", role, "--config", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 4, done.stderr
    assert "Traceback" not in done.stderr
    said = [line for line in done.stderr.splitlines() if line.startswith(f"countersign {role}: ")]
    assert len(said) == 1
    assert "kafka://127.0.0.1:9" in said[0]
    assert refusals(role, done.returncode, done.stderr) == []
