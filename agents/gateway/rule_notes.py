"""Rule notes: what the pages say of each rule, taken from the rulebook."""

from agents.gateway.deps import RuleNote
from agents.rulebook.book import Rulebook


def rule_notes(book: Rulebook) -> dict[str, RuleNote]:
    """A note for every rule in force, by id; `file` is FILE:LINE."""
    return {
        rule.id: RuleNote(rule.id, rule.title, rule.because, _file(rule.id, book), rule.runbook)
        for rule in book.ruleset.rules
    }


def _file(rule_id: str, book: Rulebook) -> str:
    """Where a rule is written; the pack's files lie in this package."""
    origin = book.origins.get(rule_id, "")
    return f"agents/{origin}" if origin.startswith("pack/") and rule_id.startswith("countersign.") else origin
