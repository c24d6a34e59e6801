"""A real Kafka that wants TLS, or a password over TLS: who gets in, and what those hear who do not."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from streams.log.faults import LogUnusable
from streams.log.opening import mend_topics, open_kafka_appender, open_kafka_offsets, open_log_reader
from streams.settings.model import LogMechanism, LogSecurity, LogSettings
from streams.settings.secret import Secret
from streams.shell.message import Send
from tests.support.kafka import ON_KAFKA, KafkaServer
from tests.support.product import free_port

pytestmark = ON_KAFKA

USER, PASSWORD = "countersign", "correct horse"


class Secured(NamedTuple):
    """A server's doors beside the plain one, and who vouches for it."""

    tls: str
    sasl: str
    ca_file: Path

    def log(
        self, security: LogSecurity, password: str = PASSWORD, mechanism: str = "SCRAM-SHA-512"
    ) -> LogSettings:
        is_sasl = security is LogSecurity.SASL
        return LogSettings(
            url=f"kafka://{self.sasl if is_sasl else self.tls}",
            partitions=2,
            replication=1,
            min_insync=1,
            security=security,
            ca_file=self.ca_file,
            username=USER if is_sasl else None,
            password=Secret(password) if is_sasl else None,
            mechanism=LogMechanism(mechanism),
        )


def server_pem(authority: trustme.CA) -> str:
    """Key and certificate of 127.0.0.1 in the form that Kafka reads."""
    issued = authority.issue_cert("127.0.0.1")
    key = load_pem_private_key(issued.private_key_pem.bytes(), None)
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return text + "".join(blob.bytes().decode() for blob in issued.cert_chain_pems)


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    folder = tmp_path_factory.mktemp("secured")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    (folder / "server.pem").write_text(server_pem(authority))
    server = KafkaServer(folder / "kafka")
    (node,) = server.nodes
    doors = Secured(f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}", folder / "ca.pem")
    server.users = (f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]",)
    module = "org.apache.kafka.common.security"
    server.properties |= {
        "listeners": f"PLAINTEXT://{node.host},CONTROLLER://127.0.0.1:{node.controller_port},"
        f"TLS://{doors.tls},SECRET://{doors.sasl}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,TLS:SSL,SECRET:SASL_SSL",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(folder / "server.pem"),
        "listener.name.secret.sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
        "listener.name.secret.plain.sasl.jaas.config": f"{module}.plain.PlainLoginModule required "
        f'user_{USER}="{PASSWORD}";',
        "listener.name.secret.scram-sha-512.sasl.jaas.config": f"{module}.scram.ScramLoginModule required;",
    }
    with server:
        yield doors


@pytest.mark.parametrize(
    ("security", "mechanism"),
    [
        (LogSecurity.TLS, "SCRAM-SHA-512"),
        (LogSecurity.SASL, "SCRAM-SHA-512"),
        (LogSecurity.SASL, "PLAIN"),
    ],
)
async def test_every_client_of_ours_gets_in(secured: Secured, security: LogSecurity, mechanism: str):
    log = secured.log(security, mechanism=mechanism)
    assert await asyncio.to_thread(mend_topics, log) == []
    appender, offsets = open_kafka_appender(log), open_kafka_offsets(log)
    await appender.append([Send("calls", b"k", mechanism.encode(), 0)])
    await offsets.commit(mechanism, {("calls", 0): 7})
    await appender.close()
    await offsets.close()
    with open_log_reader(log) as reader:
        records = await asyncio.to_thread(reader.read, "calls", 0, 0, 100)
        assert records[-1].value == mechanism.encode()
        assert await asyncio.to_thread(reader.committed, mechanism, "calls", 0) == 7


def test_a_wrong_password_is_a_fault_in_words_that_do_not_repeat_it(secured: Secured):
    with pytest.raises(LogUnusable) as refused:
        open_log_reader(secured.log(LogSecurity.SASL, "wrong horse"))
    assert "wrong horse" not in str(refused.value)
    assert "check that the brokers run, and what [log] says of them" in str(refused.value)


def test_a_broker_that_nobody_vouches_for_is_not_spoken_to(secured: Secured, tmp_path: Path):
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    with pytest.raises(LogUnusable, match="connecting failed"):
        open_log_reader(secured._replace(ca_file=other).log(LogSecurity.TLS))


def test_a_file_without_certificates_is_named(secured: Secured, tmp_path: Path):
    empty = tmp_path / "empty.pem"
    empty.touch()
    with pytest.raises(LogUnusable, match=r"empty\.pem holds no certificates"):
        open_log_reader(secured._replace(ca_file=empty).log(LogSecurity.TLS))
