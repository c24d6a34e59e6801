"""Kafka: Faust's aiokafka driver, with commits that never pass a message in hand."""

from typing import Any, ClassVar

from faust.transport.drivers.aiokafka import Consumer as FaustConsumer
from faust.transport.drivers.aiokafka import Transport as FaustTransport

from streams.shell.commits import InOrderCommits


class Consumer(InOrderCommits, FaustConsumer):  # type: ignore[misc]  # Faust's types are skipped
    """Faust's Kafka consumer with our rule for what may be committed."""


class Transport(FaustTransport):  # type: ignore[misc]  # Faust's types are skipped
    """Faust's Kafka transport with our consumer."""

    Consumer: ClassVar[Any] = Consumer
