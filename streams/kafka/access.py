"""Access: how every client of ours reaches the brokers."""

import ssl
from functools import cached_property
from typing import Any

from streams.kafka.location import name_of, parse_hosts
from streams.log.faults import LogUnusable
from streams.settings.model import LogSecurity, LogSettings
from streams.settings.urls import is_loopback

_PROTOCOL = {
    LogSecurity.PLAINTEXT: "PLAINTEXT",
    LogSecurity.TLS: "SSL",
    LogSecurity.SASL: "SASL_SSL",
}


class KafkaAccess:
    """Hosts, encryption and password of one cluster, as the clients want them."""

    def __init__(self, log: LogSettings) -> None:
        """Take them from settings that were checked.

        Raises:
            ValueError: the URL names no brokers, or how to reach them is not said in whole.
        """
        self.hosts = list(parse_hosts(log.url))
        self.url = log.url
        self._log = log
        self.security = security_of(log)
        if self.security is LogSecurity.SASL and (log.username is None or log.password is None):
            raise ValueError('log.security "sasl" needs log.username and log.password')

    def client(self) -> dict[str, Any]:
        """Keyword arguments that every aiokafka client takes.

        Raises:
            LogUnusable: the certificate authorities cannot be read.
        """
        arguments: dict[str, Any] = {
            "bootstrap_servers": self.hosts,
            "security_protocol": _PROTOCOL[self.security],
        }
        if self.security is not LogSecurity.PLAINTEXT:
            arguments["ssl_context"] = self._ssl
        if self.security is LogSecurity.SASL:
            assert self._log.password is not None
            arguments["sasl_mechanism"] = str(self._log.mechanism)
            arguments["sasl_plain_username"] = self._log.username
            arguments["sasl_plain_password"] = self._log.password.reveal()
        return arguments

    def credentials(self) -> Any:
        """The same for Faust's `broker_credentials`; None where there are none.

        Raises:
            LogUnusable: as `client`.
        """
        from faust.auth import SASLCredentials, SSLCredentials  # noqa: PLC0415 - verbs that only read need no Faust

        if self.security is LogSecurity.PLAINTEXT:
            return None
        if self.security is LogSecurity.TLS:
            return SSLCredentials(context=self._ssl)
        assert self._log.password is not None
        return SASLCredentials(
            username=self._log.username,
            password=self._log.password.reveal(),
            mechanism=str(self._log.mechanism),
            ssl_context=self._ssl,
        )

    @cached_property
    def _ssl(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self._log.ca_file is not None:
            try:
                context.load_verify_locations(self._log.ca_file)
            except (OSError, ssl.SSLError) as error:
                raise LogUnusable(f"log.ca_file: {self._log.ca_file} holds no certificates: {error}") from error
        return context


def security_of(log: LogSettings) -> LogSecurity:
    """How the brokers are reached; unsaid it is plaintext, and that goes on loopback only.

    Raises:
        ValueError: it is not said.
    """
    if log.security is not None:
        return log.security
    if all(is_loopback(name_of(host)) for host in parse_hosts(log.url)):
        return LogSecurity.PLAINTEXT
    raise ValueError(
        'log.security has to be said beyond loopback: "tls", "sasl", or "plaintext" if the network is all yours'
    )
