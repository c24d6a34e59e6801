"""PagerDuty's stand-in: the Events API v2 over https, with the incidents that come of it."""

import ssl
from pathlib import Path
from typing import Any

import trustme
from aiohttp import web
from msgspec import Struct, field

from agents.standins import event_rules
from agents.standins.server import Answer, Call, StandIn

EVENT_BYTES = 512 * 1024


class Incident(Struct):
    """What one dedup_key opened; `status` is triggered, acknowledged or resolved, `events` all sent to it.

    Times are epoch milliseconds UTC; `urgency` says by which of the two routing keys it came.
    """

    dedup_key: str
    urgency: str
    status: str
    summary: str
    severity: str
    source: str
    details: dict[str, Any]
    opened_ms: int
    events: list[dict[str, Any]] = field(default_factory=list)


class PagerDutyStandIn(StandIn):
    """A service with a high and a low urgency integration.

    The official client speaks https only: `ca_file` is the authority to trust, made at the first start.
    """

    service = "pagerduty"
    routing_key = "5ad1d5ad1d5ad1d5ad1d5ad1d5ad1d5a"
    low_urgency_routing_key = "10110110110110110110110110110110"

    def __init__(self, *, folder: Path, **options: Any) -> None:
        super().__init__(**options)
        self.incidents: list[Incident] = []
        self.ca_file = folder / "stand-in-ca.pem"
        self._context: ssl.SSLContext | None = None

    def certificate(self) -> ssl.SSLContext:
        """A certificate for loopback, from an authority of its own."""
        if self._context is None:
            authority = trustme.CA()
            authority.cert_pem.write_to_path(str(self.ca_file))
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            authority.issue_cert("127.0.0.1", "localhost").configure_cert(self._context)
        return self._context

    def routes(self) -> list[web.RouteDef]:
        """The one path of the Events API v2."""
        return [web.post("/v2/enqueue", self.serve)]

    def recorded(self, args: dict[str, Any]) -> dict[str, Any]:
        """The event with the routing key's name in place of the key."""
        return {**args, "routing_key": self._urgency(args.get("routing_key")) or "unknown"}

    def limited(self) -> Any:
        """The body of PagerDuty's 429."""
        return {"status": "throttle exceeded", "message": "Requests for this service are arriving too quickly."}

    async def work(self, call: Call) -> Answer:
        """Check the event, then open, merge or change an incident."""
        if len(call.body) > EVENT_BYTES:
            return Answer({"status": "invalid event", "message": "Event is too large"}, 413)
        wrong = event_rules.faults(call.args)
        urgency = self._urgency((call.args or {}).get("routing_key"))
        if not wrong and urgency is None:
            wrong = ["Invalid routing key"]
        if wrong or urgency is None or call.args is None:
            body = {"status": "invalid event", "message": "Event object is invalid", "errors": wrong}
            return Answer(body, 400)
        event = {key: value for key, value in call.args.items() if key != "routing_key"}
        key = event.get("dedup_key") or f"made-{len(self.incidents) + 1}"
        self._take(urgency, str(key), event)
        return Answer({"status": "success", "message": "Event processed", "dedup_key": key}, 202)

    def acknowledge(self, dedup_key: str) -> None:
        """A responder takes the incident."""
        self._change(dedup_key, "acknowledged")

    def resolve(self, dedup_key: str) -> None:
        """A responder closes the incident; the next trigger of that key opens a new one."""
        self._change(dedup_key, "resolved")

    def open_incident(self, dedup_key: str) -> Incident | None:
        """The incident of that key that is not resolved."""
        for incident in self.incidents:
            if incident.dedup_key == dedup_key and incident.status != "resolved":
                return incident
        return None

    def _change(self, dedup_key: str, status: str) -> None:
        incident = self.open_incident(dedup_key)
        if incident is not None:
            incident.status = status
        self.changed.happened()

    def _take(self, urgency: str, key: str, event: dict[str, Any]) -> None:
        incident = self.open_incident(key)
        if event["event_action"] != "trigger":
            self._change(key, "resolved" if event["event_action"] == "resolve" else "acknowledged")
        elif incident is not None:
            incident.events.append(event)
        else:
            payload = event["payload"]
            details = payload.get("custom_details", {})
            texts = (payload["summary"], payload["severity"], payload["source"])
            self.incidents.append(
                Incident(key, urgency, "triggered", *texts, details, opened_ms=self.clock(), events=[event])
            )

    def _urgency(self, key: Any) -> str | None:
        return {self.routing_key: "high", self.low_urgency_routing_key: "low"}.get(str(key))
