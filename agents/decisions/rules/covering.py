"""Covering: whether one rule fires on every call of another, as far as their patterns alone can tell.

What is found is sure; that nothing is found proves nothing.
"""

from agents.decisions.rules.pattern import Branch, Condition
from agents.decisions.rules.rule import Rule


def covers(wide: Rule, narrow: Rule) -> bool:
    """Whether `wide` fires wherever `narrow` does, and then comes before it."""
    if wide.shadow or (-wide.risk, wide.id) >= (-narrow.risk, narrow.id):
        return False
    if wide.when is not None and wide.when != narrow.when:
        return False
    if any(not any(implies(mine, other) for other in narrow.unless) for mine in wide.unless):
        return False  # what excuses the one does not excuse the other
    return all(any(implies(branch, other) for other in wide.match) for branch in narrow.match)


def excuses_all(rule: Rule) -> bool:
    """Whether `except` takes away every call that `match` gives."""
    return bool(rule.unless) and all(any(implies(branch, other) for other in rule.unless) for branch in rule.match)


def implies(branch: Branch, other: Branch) -> bool:
    """Whether every call that fulfils the one branch fulfils the other."""
    by_path = {condition.path: condition for condition in branch}
    return all(
        (mine := by_path.get(condition.path)) is not None and _within(mine, condition) for condition in other
    )


def _within(narrow: Condition, wide: Condition) -> bool:
    if narrow.written <= wide.written:
        return True
    return narrow.exact is not None and all(any(test(text) for test in wide.tests) for text in narrow.exact)
