"""Summarising: what people will see of a call, in at most 500 bytes."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from agents.decisions.times import event_time_ms
from streams.records.call import Outcome
from streams.records.summary import CallSummary

MAX_BYTES = 500
_YIELDING = ("target", "tool", "error", "region", "event_id")
_YIELDS = (*((name, 12) for name in _YIELDING), *((name, 0) for name in _YIELDING))
"""Texts that give way, one after the other, until the whole fits, and how many bytes are left of each."""

_TELLING = (
    "userName", "groupName", "roleName", "policyName", "policyArn", "name", "trailName", "bucketName",
    "groupId", "cidrIp", "keyId", "functionName", "instanceId", "topicArn", "queueUrl", "secretId",
)  # fmt: skip
"""Parameters that tell what a call acted on, the most telling first."""

MAX_AGENT = 500
"""A longer user agent is not remembered: whoever invents some fills no memory."""

_DENIED = ("accessdenied", "unauthorized", "authorizationerror", "authfailure", "forbidden", "notauthorized")


def outcome_of(fields: Mapping[str, Any]) -> Outcome:
    """How the call went; the codes vary by service (CloudTrail record contents, errorCode)."""
    code = fields.get("errorCode")
    if isinstance(code, str) and code not in {"", "200"}:
        folded = code.lower().replace(".", "")
        if "dryrun" in folded:
            return Outcome.DRY_RUN
        return Outcome.DENIED if any(word in folded for word in _DENIED) else Outcome.FAILED
    answer = fields.get("responseElements")
    # A failed console login carries no errorCode: it says so in its answer.
    if isinstance(answer, Mapping) and answer.get("ConsoleLogin") == "Failure":
        return Outcome.FAILED
    return Outcome.OK


def summarise(
    fields: Mapping[str, Any], *, fingerprint: bytes, rule: str, risk: int, account: str | None, received_ms: int
) -> CallSummary:
    """The summary of a call; texts are cut, first to a fixed size each, then until the whole fits 500 bytes."""
    get = fields.get
    summary = CallSummary(
        fingerprint=fingerprint,
        rule=_cut(rule, 60),
        event_source=_cut(_text(get("eventSource")), 60),
        event_name=_cut(_text(get("eventName")), 60),
        account=_cut(_text(account), 20),
        outcome=outcome_of(fields),
        risk=risk,
        region=_cut(_text(get("awsRegion")), 20),
        source=_cut(_text(get("sourceIPAddress")), 45),
        tool=_cut(tool_of(get("userAgent")), 40),
        target=_cut(target_of(get("requestParameters")), 120),
        error=_cut(_text(get("errorCode")), 40),
        event_id=_cut(_text(get("eventID")), 36),
        event_time_ms=event_time_ms(get("eventTime")),
        received_ms=received_ms,
    )
    for name, size in _YIELDS:
        if len(msgspec.msgpack.encode(summary)) <= MAX_BYTES:
            break
        summary = msgspec.structs.replace(summary, **{name: _cut(getattr(summary, name), size)})
    return summary


def _cut(text: str, size: int) -> str:
    """The text's beginning, of at most that many bytes in UTF-8."""
    return text[:size] if text.isascii() else text.encode()[:size].decode(errors="ignore")


def target_of(parameters: Any) -> str:
    """What the call acted on, in words ("grace, AdministratorAccess"): for people, not for rules."""
    if not isinstance(parameters, Mapping):
        return ""
    named = [parameters[name] for name in _TELLING if name in parameters]
    told = [_last_part(_text(value)) for value in named if isinstance(value, str)]
    if not told:
        plain = [(name, value) for name, value in parameters.items() if isinstance(value, str | int | bool)]
        told = [f"{_text(name)} {_last_part(_text(value))}" for name, value in plain[:3]]
    return ", ".join(dict.fromkeys(told))[:400]


def tool_of(agent: Any) -> str:
    """The tool that a user agent names ("Terraform 1.11.0"); the caller writes it, so it only informs."""
    text = _text(agent)
    return _tool_in(text) if len(text) <= MAX_AGENT else _tool_in.__wrapped__(text)


@lru_cache(maxsize=1_024)
def _tool_in(text: str) -> str:
    """Remembered, for a program makes many calls."""
    named = dict(_PRODUCT.findall(text))
    for product in _TOOLS:
        if product in named:
            return f"{product} {named[product]}"
    if text.startswith("Mozilla/") or "console.amazonaws.com" in text or "S3Console" in text:
        return "a browser"
    return text.split(" ", 1)[0].replace("/", " ")


_PRODUCT = re.compile(r"([A-Za-z0-9_.-]+)/v?([0-9][0-9A-Za-z.+-]*)")
_TOOLS = {
    "Terraform": "Terraform",
    "OpenTofu": "OpenTofu",
    "Pulumi": "Pulumi",
    "aws-cli": "aws-cli",
    "Boto3": "Boto3",
}
"""Products in user agents that say more than what comes before them."""


def _last_part(text: str) -> str:
    """The last part of an ARN, the part that people know; anything else as it is."""
    return re.split(r"[:/]", text)[-1] or text if text.startswith("arn:") else text


def _text(value: Any) -> str:
    """A value as one short line; what is no plain value says nothing."""
    if isinstance(value, str):
        return " ".join(value.split())
    return str(value) if isinstance(value, bool | int | float) else ""
