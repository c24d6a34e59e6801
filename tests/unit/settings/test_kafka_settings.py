"""[log] of a log on Kafka: what is taken, and what is refused and why."""

from pathlib import Path

import pytest

from streams.kafka.access import KafkaAccess
from streams.kafka.location import parse_hosts
from streams.settings.fault import FaultsFound
from streams.settings.load import load
from streams.settings.model import LogSecurity, LogSettings
from streams.settings.secret import Secret

SASL = 'security = "sasl"\nusername = "countersign"\n'


def log_of(folder: Path, text: str, **environ: str) -> LogSettings:
    file = folder / "c.toml"
    file.write_text(f"[log]\n{text}")
    return load(file, environ).log


def fault_of(folder: Path, text: str) -> str:
    with pytest.raises(FaultsFound) as found:
        log_of(folder, text)
    (fault,) = found.value.faults
    return str(fault)


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("kafka://b1:9092,b2:9093", ("b1:9092", "b2:9093")),
        ("kafka://b1", ("b1:9092",)),
        ("kafka://b1:1, b2:2/", ("b1:1", "b2:2")),
        ("kafka://[::1]:9092", ("[::1]:9092",)),
    ],
)
def test_the_brokers_of_a_url(url: str, hosts: tuple[str, ...]):
    assert parse_hosts(url) == hosts


@pytest.mark.parametrize(
    "url",
    [
        "kafka://",
        "kafka://b1:0",
        "kafka://b1:70000",
        "kafka://b1,,b2",
        "kafka://b1/calls",
        "kafka:b1",
        "sqlite:///x",
    ],
)
def test_what_names_no_brokers_is_refused(url: str):
    with pytest.raises(ValueError, match="kafka://"):
        parse_hosts(url)


def test_a_password_in_a_url_is_refused_and_not_repeated(tmp_path: Path):
    line = fault_of(tmp_path, 'url = "kafka://me:hunter2@b1:9092"')
    assert "hunter2" not in line
    assert line.endswith("[CS-C020]")


def test_brokers_on_loopback_need_no_security(tmp_path: Path):
    log = log_of(tmp_path, 'url = "kafka://127.0.0.1:9092,localhost:9093,[::1]:9094"')
    assert KafkaAccess(log).security is LogSecurity.PLAINTEXT
    assert KafkaAccess(log).client() == {
        "bootstrap_servers": ["127.0.0.1:9092", "localhost:9093", "[::1]:9094"],
        "security_protocol": "PLAINTEXT",
    }


def test_plain_text_beyond_loopback_has_to_be_said_in_so_many_words(tmp_path: Path):
    line = fault_of(tmp_path, 'url = "kafka://127.0.0.1:9092,b2:9092"')
    assert ":2:7: beyond loopback log.security has to be said" in line
    assert line.endswith("[CS-C029]")
    said = log_of(tmp_path, 'url = "kafka://b2:9092"\nsecurity = "plaintext"')
    assert KafkaAccess(said).client()["security_protocol"] == "PLAINTEXT"


def test_settings_that_nobody_checked_do_not_reach_a_broker_in_plain_text_by_silence():
    with pytest.raises(ValueError, match=r"log\.security has to be said"):
        KafkaAccess(LogSettings(url="kafka://b1:9092"))
    with pytest.raises(ValueError, match=r"needs log\.username and log\.password"):
        KafkaAccess(LogSettings(url="kafka://b1:9092", security=LogSecurity.SASL, username="me"))


def test_sasl_goes_over_tls_with_the_password_from_its_file(tmp_path: Path):
    (tmp_path / "password").write_text("hunter2\n")
    log = log_of(tmp_path, f'url = "kafka://b1:9092"\n{SASL}password_file = "password"\nmechanism = "PLAIN"')
    client = KafkaAccess(log).client()
    assert client["security_protocol"] == "SASL_SSL"
    assert client["ssl_context"].check_hostname
    names = ("sasl_mechanism", "sasl_plain_username", "sasl_plain_password")
    assert [client[name] for name in names] == ["PLAIN", "countersign", "hunter2"]
    assert "hunter2" not in repr(log)


def test_sasl_without_a_password_is_a_fault(tmp_path: Path):
    line = fault_of(tmp_path, f'url = "kafka://b1:9092"\n{SASL}')
    assert line.endswith('security "sasl" needs "log.password" [CS-C011]')


def test_a_password_that_nothing_would_use_is_a_fault(tmp_path: Path):
    line = fault_of(tmp_path, 'url = "kafka://b1:9092"\nsecurity = "tls"\npassword = "hunter2"')
    assert line.endswith('log.password means nothing without security = "sasl" [CS-C028]')
    assert "hunter2" not in line


def test_more_replicas_in_sync_than_there_are_is_a_fault(tmp_path: Path):
    line = fault_of(tmp_path, 'url = "kafka://127.0.0.1:9092"\nreplication = 1\nmin_insync = 2')
    assert line.endswith("min_insync (2) is more than replication (1): nothing could be written [CS-C006]")


def test_authorities_of_the_whole_configuration_hold_for_the_brokers_too(tmp_path: Path):
    (tmp_path / "all.pem").touch()
    (tmp_path / "brokers.pem").touch()
    file = tmp_path / "c.toml"
    log = '[log]\nurl = "kafka://b1:9092"\nsecurity = "tls"\n'
    file.write_text(f'ca_file = "all.pem"\n{log}')
    assert load(file, {}).log.ca_file == tmp_path / "all.pem"
    file.write_text(f'ca_file = "all.pem"\n{log}ca_file = "brokers.pem"')
    assert load(file, {}).log.ca_file == tmp_path / "brokers.pem"


def test_the_environment_can_say_all_of_it():
    environ = {"URL": "kafka://b1:9092", "SECURITY": "sasl", "USERNAME": "me", "PASSWORD": "hunter2"}
    log = load(None, {f"COUNTERSIGN_LOG__{name}": value for name, value in environ.items()}).log
    assert (log.security, log.username, log.password) == (LogSecurity.SASL, "me", Secret("hunter2"))
