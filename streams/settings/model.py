"""Model: every setting with its type, its default and what it means; the reference is made from this file."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct, field

from streams.records.timing import Limits, Timing
from streams.settings.secret import Secret

Text = Annotated[str, Meta(min_length=1)]
Url = Annotated[str, Meta(description="https; plain http only on loopback", extra={"url": True})]
Positive = Annotated[int, Meta(ge=1)]
AccountId = Annotated[str, Meta(pattern=r"^[0-9]{12}$", description="an AWS account number: 12 digits, in quotes")]


class Mode(StrEnum):
    """What the pipeline does about its decisions."""

    OBSERVE = "observe"  # decides and records, asks and pages nobody
    ENFORCE = "enforce"


class FeedKind(StrEnum):
    """How a feed brings its calls."""

    SQS = "sqs"
    KINESIS = "kinesis"
    SNS_HTTPS = "sns-https"
    S3 = "s3"
    FILES = "files"


WORKING_FEEDS = (FeedKind.SQS, FeedKind.FILES)
"""The others are known and not built yet."""


class RunSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """[run]."""

    mode: Mode = Mode.OBSERVE


class LogSecurity(StrEnum):
    """How the brokers of a log on Kafka are reached."""

    PLAINTEXT = "plaintext"
    TLS = "tls"
    SASL = "sasl"  # user name and password, over TLS


class LogMechanism(StrEnum):
    """How user name and password are shown to the brokers."""

    SCRAM_SHA_512 = "SCRAM-SHA-512"
    SCRAM_SHA_256 = "SCRAM-SHA-256"
    PLAIN = "PLAIN"


class LogSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """[log]: `url` is `sqlite:///FILE`, whose path is absolute once loaded, or `kafka://HOST:PORT,HOST:PORT`.

    `retention_days` holds for calls and verdicts; the case log is kept. All from `replication` on is for Kafka.
    Without `ca_file` the one at the top holds, without `security` brokers on loopback are reached in plain text.
    """

    url: Text = "sqlite:///countersign.db"
    partitions: Annotated[int, Meta(ge=1, le=256)] = 8
    retention_days: Annotated[int, Meta(ge=1, le=3650)] = 14
    replication: Annotated[int, Meta(ge=1, le=9)] = 3
    min_insync: Annotated[int, Meta(ge=1, le=9)] = 2
    security: LogSecurity | None = None
    ca_file: Path | None = None
    username: Text | None = None
    password: Secret | None = None
    mechanism: LogMechanism = LogMechanism.SCRAM_SHA_512


class FeedSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """One of [[feeds]]: where calls come from and which accounts it may speak for.

    `name` is unique; without one it is made from the queue, the stream or the path. `topics` maps a topic ARN
    to the one account it speaks for; `accounts` binds feeds that carry no topic ARN. `endpoint_url` replaces
    the AWS endpoint (a proxy, a regional endpoint, a stand-in).
    """

    kind: FeedKind
    name: str = ""
    queue_url: Url | None = None
    stream_arn: Text | None = None
    path: Path | None = None
    bucket: Text | None = None
    region: Text | None = None
    endpoint_url: Url | None = None
    topics: dict[str, AccountId] = {}
    accounts: tuple[AccountId, ...] = ()
    backfill: bool = False


class RulesSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """[rules]: files and folders of rules that add to the default pack."""

    paths: tuple[Path, ...] = field(default_factory=lambda: (Path("rules"),))


class PeopleSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """[people]: the directory of people and accounts; None when there is none."""

    path: Path | None = field(default_factory=lambda: Path("people.yaml"))


class SlackSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """[slack]: the app that asks. Answers come by Socket Mode (`app_token`) or HTTP (`signing_secret`).

    `texts` is a file of the team's own words, laid over the texts that come with the product.
    """

    api_url: Url = "https://slack.com/api/"
    bot_token: Secret | None = None
    signing_secret: Secret | None = None
    app_token: Secret | None = None
    team_id: Text | None = None
    app_id: Text | None = None
    texts: Path | None = None


class DuoSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """[duo]: an Auth API application; `api_url` is its API hostname with https:// before it."""

    api_url: Url | None = None
    integration_key: Text | None = None
    secret_key: Secret | None = None


class PagerDutySettings(Struct, frozen=True, forbid_unknown_fields=True):
    """[pagerduty]: Events API v2; without a low urgency key low pages take the other one."""

    events_url: Url = "https://events.pagerduty.com"
    routing_key: Secret | None = None
    low_urgency_routing_key: Secret | None = None


class ElasticsearchSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """[elasticsearch]: where records and outcomes are searched; without a `url` nothing is archived there."""

    url: Url | None = None
    api_key: Secret | None = None


class GatewaySettings(Struct, frozen=True, forbid_unknown_fields=True):
    """[gateway]: `listen` is HOST:PORT; `public_url` is how people and Slack reach it."""

    listen: Text = "127.0.0.1:8470"
    public_url: Url | None = None
    console_token: Secret | None = None

    @property
    def host(self) -> str:
        """The host to listen on, without the brackets of an IPv6 address."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port to listen on; 0 lets the machine choose."""
        return int(self.listen.rpartition(":")[2])


class WatchdogSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """[watchdog]: while all is well `ping_url` is called (GET) every `ping_every_s` seconds.

    Whoever knows the URL can call it in our place, so it is a secret.
    """

    ping_url: Secret | None = None
    ping_every_s: Annotated[int, Meta(ge=1, le=3600)] = 60


class HealthSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """[health]: HOST:PORT where bridge, worker and watchdog answer probes; without `listen` they do not.

    The gateway answers them at its own address.
    """

    listen: Text | None = None


class TimingSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """[timing], in seconds; a rule may override all but `grant_wait_s`."""

    group_wait_s: Positive = 120
    group_interval_s: Positive = 300
    prompt_timeout_s: Positive = 900
    reminder_after_s: Positive = 300
    push_timeout_s: Positive = 60
    delivery_timeout_s: Positive = 120
    grant_wait_s: Annotated[int, Meta(ge=0)] = 30

    def record(self) -> Timing:
        """The timing that a case freezes, in milliseconds."""
        return Timing(
            group_wait_ms=self.group_wait_s * 1000,
            group_interval_ms=self.group_interval_s * 1000,
            prompt_timeout_ms=self.prompt_timeout_s * 1000,
            reminder_after_ms=self.reminder_after_s * 1000,
            push_timeout_ms=self.push_timeout_s * 1000,
            delivery_timeout_ms=self.delivery_timeout_s * 1000,
        )


class LimitsSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """[limits]: ceilings, the largest record in bytes, and after how many hours a call is late."""

    prompts_per_person_hour: Positive = 12
    pages_per_account_hour: Positive = 30
    record_bytes: Annotated[int, Meta(ge=1024, le=16_777_216)] = 262_144
    lateness_h: Positive = 24

    def record(self) -> Limits:
        """The ceilings that a case freezes."""
        return Limits(
            prompts_per_person_hour=self.prompts_per_person_hour,
            pages_per_account_hour=self.pages_per_account_hour,
        )


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole configuration, parsed once at start; every path is absolute once loaded.

    `ca_file` names certificate authorities (PEM) to trust beside the system's.
    """

    ca_file: Path | None = None
    run: RunSettings = field(default_factory=RunSettings)
    log: LogSettings = field(default_factory=LogSettings)
    feeds: tuple[FeedSettings, ...] = ()
    rules: RulesSettings = field(default_factory=RulesSettings)
    people: PeopleSettings = field(default_factory=PeopleSettings)
    slack: SlackSettings = field(default_factory=SlackSettings)
    duo: DuoSettings = field(default_factory=DuoSettings)
    pagerduty: PagerDutySettings = field(default_factory=PagerDutySettings)
    elasticsearch: ElasticsearchSettings = field(default_factory=ElasticsearchSettings)
    gateway: GatewaySettings = field(default_factory=GatewaySettings)
    watchdog: WatchdogSettings = field(default_factory=WatchdogSettings)
    health: HealthSettings = field(default_factory=HealthSettings)
    timing: TimingSettings = field(default_factory=TimingSettings)
    limits: LimitsSettings = field(default_factory=LimitsSettings)
