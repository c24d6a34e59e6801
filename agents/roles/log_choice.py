"""Log choice: which verbs serve which of the two logs, and the refusal of the others in words."""

from collections.abc import Mapping
from pathlib import Path

from streams.log.opening import is_kafka
from streams.settings.codes import ConfigCode
from streams.settings.fault import FaultsFound
from streams.settings.load import survey
from streams.settings.model import Settings

ROLES = ("bridge", "worker", "gateway", "watchdog")


def load_for_kafka(path: Path | None, environ: Mapping[str, str], verb: str) -> Settings:
    """The settings of a role, which needs a log on Kafka.

    Raises:
        FaultsFound: every fault of the configuration, or that its log is the embedded one.
    """
    return _load(
        path,
        environ,
        f"`countersign {verb}` is one of several processes on Kafka, and this log is a file with one writer: "
        "`countersign run` runs every role on it",
        kafka=True,
    )


def load_for_one_machine(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """The settings of `countersign run`, which needs the embedded log.

    Raises:
        FaultsFound: every fault of the configuration, or that its log is on Kafka.
    """
    verbs = ", ".join(f"`countersign {role}`" for role in ROLES)
    message = f"`countersign run` is the run on one machine; on Kafka each role is a process of its own: {verbs}"
    return _load(path, environ, message, kafka=False)


def _load(path: Path | None, environ: Mapping[str, str], refusal: str, *, kafka: bool) -> Settings:
    found = survey(path, environ)
    if found.faults:
        raise FaultsFound(found.faults)
    if is_kafka(found.settings.log) is not kafka:
        raise FaultsFound([found.source.fault(("log", "url"), refusal, ConfigCode.WRONG_LOG)])
    return found.settings
