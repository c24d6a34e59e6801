"""The jars of a real Kafka."""

from pathlib import Path

from tests.support.jars import jars

POM = Path(__file__).with_name("kafka.pom.xml")


def kafka_jars() -> Path:
    """The folder of the jars, fetched if need be; skips where java or mvn is missing, in CI it fails."""
    return jars(POM, "kafka", ["java", "mvn"], "no real Kafka here")
