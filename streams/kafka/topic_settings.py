"""Topic settings: what each topic of the plan means on Kafka."""

from collections.abc import Iterator
from typing import NamedTuple

from streams.settings.model import LogSettings
from streams.topics import Retention, TopicPlan

MAX_MESSAGE_BYTES = 20 * 1024 * 1024
"""Above the largest record that `limits.record_bytes` allows, framed."""

MIN_INSYNC = "min.insync.replicas"

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


class Need(NamedTuple):
    """One setting: what it has to be; as a least value where more does no harm."""

    name: str
    value: str
    at_least: bool = False

    def met(self, found: str) -> bool:
        """Whether the cluster's value does."""
        if self.at_least:
            return found.lstrip("-").isdigit() and int(found) >= int(self.value)
        return found == self.value


def needs(plan: TopicPlan, log: LogSettings) -> list[Need]:
    """Every setting that the pipeline relies on; the brokers' own defaults hold for all others."""
    return [
        Need("cleanup.policy", "compact" if plan.retention is Retention.COMPACT else "delete"),
        *_kept(plan, log),
        # A decision's now is the message's time: the broker's, so that no client's clock can bend a deadline.
        Need("message.timestamp.type", "LogAppendTime"),
        Need(MIN_INSYNC, str(log.min_insync), at_least=True),
        # A leader that lags behind would take acknowledged messages with it.
        Need("unclean.leader.election.enable", "false"),
        Need("max.message.bytes", str(MAX_MESSAGE_BYTES), at_least=True),
    ]


def made_with(plan: TopicPlan, log: LogSettings) -> dict[str, str]:
    """The settings of a new topic: what is needed, and how large its segments get.

    Retention and compaction leave the newest segment alone, so a topic that they keep small needs small ones.
    """
    segments = {
        Retention.COMPACT: {"segment.bytes": str(64 * 1024 * 1024), "segment.ms": str(DAY_MS)},
        Retention.HOUR: {"segment.ms": str(HOUR_MS)},
        Retention.DAYS: {"segment.ms": str(DAY_MS)},
        Retention.KEEP: {},
    }
    return {need.name: need.value for need in needs(plan, log)} | segments[plan.retention]


def _kept(plan: TopicPlan, log: LogSettings) -> Iterator[Need]:
    """How long messages stay."""
    match plan.retention:
        case Retention.COMPACT:
            # Recovery has to see what a former owner wrote late before compaction takes its neighbours away.
            yield Need("min.compaction.lag.ms", str(HOUR_MS), at_least=True)
        case Retention.KEEP:
            yield Need("retention.ms", "-1")
            yield Need("retention.bytes", "-1")
        case Retention.HOUR:
            yield Need("retention.ms", str(HOUR_MS))
        case Retention.DAYS:
            yield Need("retention.ms", str(log.retention_days * DAY_MS))
            yield Need("retention.bytes", "-1")
