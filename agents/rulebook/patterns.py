"""Patterns: `match` and `except` of a rule, as branches; mistakes become faults with line and column."""

from collections.abc import Mapping
from typing import Any

from agents.decisions.rules.pattern import Branch, parse_pattern
from agents.decisions.rules.words import WORDS, Complaint, Mistake
from agents.rulebook.codes import OF_COMPLAINT, Code
from agents.rulebook.page import Page, Path
from streams.settings.fault import nearest

RECORD_FIELDS = (
    "additionalEventData",
    "addendum",
    "apiVersion",
    "awsRegion",
    "edgeDeviceDetails",
    "errorCode",
    "errorMessage",
    "eventCategory",
    "eventContext",
    "eventID",
    "eventName",
    "eventSource",
    "eventTime",
    "eventType",
    "eventVersion",
    "insightDetails",
    "managementEvent",
    "readOnly",
    "recipientAccountId",
    "requestID",
    "requestParameters",
    "resources",
    "responseElements",
    "serviceEventDetails",
    "sessionCredentialFromConsole",
    "sharedEventID",
    "sourceIPAddress",
    "tlsDetails",
    "userAgent",
    "userIdentity",
    "vpcEndpointAccountId",
    "vpcEndpointId",
)  # fmt: skip - one name a line would be a page of its own
"""The top fields of a record ("CloudTrail record contents"); new ones may come, so others are allowed too."""


def read_patterns(page: Page, key: str) -> tuple[tuple[Branch, ...], list[Any]]:
    """The branches of a pattern or a list of them under a key, and the patterns as they were written."""
    value = page.value[key]
    listed = isinstance(value, list)
    patterns: list[Any] = value if isinstance(value, list) else [value]
    if value is None or value == {} or not patterns:
        message = f"{key} is empty" + (": it would match every call" if key == "match" else ": leave the key out")
        page.fault((key,), message, Code.EMPTY_MATCH)
        return (), []
    branches: list[Branch] = []
    for index, pattern in enumerate(patterns):
        path: Path = (key, index) if listed else (key,)
        _check_fields(page, path, pattern)
        parsed = parse_pattern(pattern)
        branches += parsed.branches
        for mistake in parsed.mistakes:
            _note(page, path, mistake)
    return tuple(branches), patterns


def _note(page: Page, path: Path, mistake: Mistake) -> None:
    message = mistake.message
    if mistake.complaint is Complaint.WORD and mistake.word is not None:
        message += f"{nearest(mistake.word, WORDS)} ({', '.join(WORDS)})"
    page.fault((*path, *mistake.place), message, OF_COMPLAINT[mistake.complaint], at_key=mistake.at_key)


def _check_fields(page: Page, path: Path, pattern: Any) -> None:
    """A field that no record has matches nothing, silently: name the likely slips."""
    if not isinstance(pattern, Mapping):
        return
    for name in pattern:
        if name in ("detail", "detail-type", "source"):
            message = (
                f'"{name}" is of the EventBridge envelope: a rule\'s pattern applies to the record inside "detail"'
            )
            page.fault((*path, name), message, Code.ENVELOPE_FIELD, at_key=True)
        elif name not in RECORD_FIELDS and (hint := nearest(str(name), RECORD_FIELDS)):
            page.fault((*path, name), f'no record has a field "{name}"{hint}', Code.MISSPELT_FIELD, at_key=True)
