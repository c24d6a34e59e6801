"""Rule notes: what the pages say of each rule, taken from the rulebook."""

from agents.gateway.deps import RuleNote
from agents.rulebook.book import Rulebook


def rule_notes(book: Rulebook) -> dict[str, RuleNote]:
    """A note for every rule in force, by id; `file` is FILE:LINE."""
    return {
        rule.id: RuleNote(rule.id, rule.title, rule.because, book.origins.get(rule.id, ""), rule.runbook)
        for rule in book.ruleset.rules
    }
