"""Transport: registers the embedded log with Faust, as `sqlite://` under the entry point `faust.transports`."""

from typing import Any, ClassVar

from faust.transport.base import Transport as FaustTransport

from streams.embedded.consumer import Consumer
from streams.embedded.producer import Producer


class Transport(FaustTransport):  # type: ignore[misc]  # Faust's types are skipped
    """Consumer and producer on the log's writer, which the app carries as `log_writer`."""

    Consumer: ClassVar[Any] = Consumer
    Producer: ClassVar[Any] = Producer
    driver_version = "countersign-embedded-log"
