"""Summary: what a question shows of a call, and the line a call is counted on."""

from msgspec import Struct

from streams.records.call import Outcome


class CallSummary(Struct, frozen=True, omit_defaults=True):
    """One call as people see it; at most 500 bytes when encoded, texts are cut to that end.

    `fingerprint` is the 32 raw bytes; `source` an address or a service name; `target` what the call acted on;
    `risk` orders calls, the riskiest first.
    """

    fingerprint: bytes
    rule: str
    event_source: str
    event_name: str
    account: str
    outcome: Outcome
    risk: int
    region: str = ""
    source: str = ""
    tool: str = ""
    target: str = ""
    error: str = ""
    event_id: str = ""
    event_time_ms: int | None = None
    received_ms: int = 0


class Line(Struct, frozen=True):
    """Calls alike in rule, event, account, source and outcome, counted together."""

    rule: str
    event: str
    account: str
    source: str
    outcome: Outcome
    count: int
