"""Rules: which calls are logged, asked about or paged, in the EventBridge event pattern language."""

from agents.decisions.rules.rule import Fired, Rule
from agents.decisions.rules.ruleset import RuleSet
from agents.decisions.rules.suspects import Suspects
from agents.decisions.rules.when import CallContext

__all__ = ["CallContext", "Fired", "Rule", "RuleSet", "Suspects"]
