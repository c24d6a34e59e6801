"""Metrics: what Prometheus may scrape; no label carries a person's name."""

from prometheus_client import Counter, Gauge

CALLS = Counter("countersign_calls", "Calls that triage took, by what became of them", ["outcome"])
SESSIONS_DROPPED = Counter("countersign_sessions_dropped", "Sessions that made room for others beyond the ceiling")
FACTS = Counter("countersign_facts", "Facts of cases, by kind", ["kind"])
CASES_ENDED = Counter("countersign_cases_ended", "Cases that reached an end, by end", ["end"])
DECISION_FAULTS = Counter("countersign_decision_faults", "Records that broke a decision", ["agent"])
OPEN_SUBJECTS = Gauge("countersign_open_subjects", "Cases and aggregates with something ahead of them")
RULES_CHANGES = Counter("countersign_rules_changes", "Versions of rules and people taken up while running")
RULES_REFUSED = Gauge("countersign_rules_refused", "1 while the files of rules and people have faults")
RULES_UNFILTERED = Gauge(
    "countersign_rules_unfiltered", "1 while a bridge lets every call through, for it cannot tell which are wanted"
)
RULES_VERSION = Gauge("countersign_rules_version", "1 for the version of rules and people in force", ["version"])
