"""Load: CloudTrail records from a seed, as alike to a real hour as the public ones let us know.

Shares come from two public data sets (IAM users make most calls, 80 % only read, 10 % fail, a fifth of what
arrives is a second copy, Terraform makes 236 writing calls of one person in ten minutes); sizes too: half of the
records have under 1.3 KB. The same seed gives the same records.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from heapq import heappop, heappush
from itertools import count
from typing import Any, NamedTuple

from benchmarks.load.shapes import ALERTS, NOTIFIES, READS, WRITES, Shape
from benchmarks.load.staff import Staff, address, workload

Fields = dict[str, Any]

ERRORS = ("ThrottlingException", "Client.RequestLimitExceeded", "ResourceNotFoundException", "NoSuchEntity")
TERRAFORM = (
    "APN/1.0 HashiCorp/1.0 Terraform/1.11.0 (+https://www.terraform.io) terraform-provider-aws/5.83.1 "
    "(+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.32.8 os/linux lang/go#1.23.3"
)
CLI = "aws-cli/2.22.7 md/awscrt#0.23.3 ua/2.0 os/linux#6.8.0 md/arch#x86_64 lang/python#3.12.6 md/installer#exe"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
TOOLS = (TERRAFORM, CLI, BROWSER)
COPY_WITHIN_S = 10.0
LONGEST_RUN = 8
BURST = (40, 236)
SERVICES = ("config", "elasticloadbalancing", "lambda", "cloudformation", "ssm")


class Kind(StrEnum):
    """What the default rules make of a record."""

    QUIET = "quiet"
    NOTIFY = "notify"
    ALERT = "alert"


@dataclass(frozen=True, slots=True)
class Mix:
    """Shares of the records, and how many people and accounts make them.

    `copies` is the share of second copies among all that arrives; half of them come re-encoded, as another route
    brings them. `services` is the share of AWS services among who makes quiet calls, `bursts` that of Terraform
    runs among writing calls.
    """

    notify: float = 0.05
    alert: float = 0.01
    copies: float = 0.20
    errors: float = 0.10
    services: float = 0.12
    bursts: float = 0.5
    people: int = 50
    accounts: int = 10


class Arrival(NamedTuple):
    """One record on its way in; `at_s` counts from the start, `copy` marks a second copy."""

    at_s: float
    kind: Kind
    copy: bool
    record: bytes


class Load:
    """Arrivals at a steady rate; each instance starts its seed anew."""

    def __init__(self, seed: int, mix: Mix | None = None) -> None:
        self.mix = mix or Mix()
        self.staff = Staff(self.mix.people, self.mix.accounts)
        self._rng = random.Random(seed)
        self._run: list[tuple[str, Fields, str]] = []
        self._burst: list[tuple[str, Fields, str]] = []

    def arrivals(self, number: int, *, start_ms: int, per_s: float) -> Iterator[Arrival]:
        """So many arrivals in order, copies among them; `start_ms` (epoch, UTC) is when the first call is made."""
        waiting: list[tuple[float, int, Arrival]] = []
        order = count()
        for index in range(number):
            at_s = index / per_s
            if waiting and waiting[0][0] <= at_s:
                yield heappop(waiting)[2]._replace(at_s=at_s)
                continue
            kind = self._kind()
            fields = self._record(kind, start_ms + int(at_s * 1000))
            yield Arrival(at_s, kind, copy=False, record=_encode(fields))
            if self._rng.random() < self.mix.copies / (1 - self.mix.copies):
                later_s = at_s + self._rng.uniform(0, COPY_WITHIN_S)
                again = Arrival(later_s, kind, copy=True, record=_encode(fields, again=self._rng.random() < 0.5))
                heappush(waiting, (later_s, next(order), again))

    def _kind(self) -> Kind:
        draw = self._rng.random()
        if draw < self.mix.alert:
            return Kind.ALERT
        return Kind.NOTIFY if draw < self.mix.alert + self.mix.notify else Kind.QUIET

    def _record(self, kind: Kind, at_ms: int) -> Fields:
        rng = self._rng
        if kind is Kind.QUIET:
            shape = rng.choice(READS if rng.random() < 0.8 else WRITES)
            if shape in WRITES and rng.random() < self.mix.bursts:
                account, identity, tool = self._of_burst()
                return self._fields(shape, account, identity, at_ms, tool=tool)
            account = rng.choice(self.staff.accounts)
            identity = self._quiet_caller(account)
            return self._fields(shape, account, identity, at_ms, tool=rng.choice(TOOLS))
        if kind is Kind.ALERT:
            account = rng.choice(self.staff.accounts)
            identity = self.staff.caller(rng.randrange(self.mix.people), account)
            return self._fields(rng.choice(ALERTS), account, identity, at_ms, tool=CLI)
        if not self._run:
            self._run = self._new_run()
        account, identity, tool = self._run.pop()
        return self._fields(rng.choice(NOTIFIES), account, identity, at_ms, tool=tool)

    def _new_run(self) -> list[tuple[str, Fields, str]]:
        """A few sensitive calls of one person in a row, as a Terraform run makes them."""
        account = self._rng.choice(self.staff.accounts)
        identity = self.staff.caller(self._rng.randrange(self.mix.people), account)
        tool = self._rng.choice(TOOLS)
        return [(account, identity, tool)] * self._rng.randint(1, LONGEST_RUN)

    def _of_burst(self) -> tuple[str, Fields, str]:
        """The next call of the Terraform run that is under way: all of one person in one account."""
        if not self._burst:
            account = self._rng.choice(self.staff.accounts)
            identity = self.staff.caller(self._rng.randrange(self.mix.people), account)
            self._burst = [(account, identity, TERRAFORM)] * self._rng.randint(*BURST)
        return self._burst.pop()

    def _quiet_caller(self, account: str) -> Fields:
        draw = self._rng.random()
        if draw < self.mix.services / 4:
            return {"accountId": account, "invokedBy": "autoscaling.amazonaws.com"}
        if draw < self.mix.services:
            return {"type": "AWSService", "invokedBy": f"{self._rng.choice(SERVICES)}.amazonaws.com"}
        if draw < self.mix.services + (1 - self.mix.services) * 0.09:
            return workload(account, f"i-{self._rng.randrange(16**17):017x}")
        return self.staff.caller(self._rng.randrange(self.mix.people), account)

    def _fields(self, shape: Shape, account: str, identity: Fields, at_ms: int, *, tool: str) -> Fields:
        rng = self._rng
        service = identity.get("invokedBy")
        parameters, answer = shape.make(rng, account)
        error = None
        if shape.may_fail and rng.random() < self.mix.errors:
            error = rng.choice(ERRORS)
        failure = {"errorCode": error, "errorMessage": "The request could not be completed"} if error else {}
        return {
            "eventVersion": "1.11",
            "userIdentity": identity,
            "eventTime": datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "eventSource": shape.source,
            "eventName": shape.name,
            "awsRegion": "us-east-1" if shape.source == "iam.amazonaws.com" else "eu-west-1",
            "sourceIPAddress": service or address(identity),
            "userAgent": service or tool,
            **failure,
            "requestParameters": parameters,
            "responseElements": None if error else answer,
            "requestID": _uuid(rng),
            "eventID": _uuid(rng),
            "readOnly": shape.read_only,
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": account,
            "eventCategory": "Management",
            "tlsDetails": {
                "tlsVersion": "TLSv1.3",
                "cipherSuite": "TLS_AES_128_GCM_SHA256",
                "clientProvidedHostHeader": f"{shape.source.partition('.')[0]}.eu-west-1.amazonaws.com",
            },
        }


def _encode(fields: Fields, *, again: bool = False) -> bytes:
    """As CloudTrail writes it, or with other blanks and another order of keys: the same call all the same."""
    if again:
        return json.dumps(fields, sort_keys=True).encode()
    return json.dumps(fields, separators=(",", ":")).encode()


def _uuid(rng: random.Random) -> str:
    digits = f"{rng.getrandbits(128):032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
