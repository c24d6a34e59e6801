"""Shadow rows: what `rules report` prints, one row a rule in shadow; also of those that cost nothing so far."""

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from agents.cli.options import chosen_config, has_config
from agents.decisions.judge import timing_of
from agents.decisions.rules.rule import Rule
from agents.decisions.shadow import Cost, Costs
from streams.records.timing import Timing
from streams.settings.load import survey


def shadow_rows(costs: Costs, rules: Iterable[Rule], config: Path | None) -> list[dict[str, Any]]:
    """The costliest first; a rule that is no longer in shadow, or gone, says so by its stage."""
    settings = survey(chosen_config(config), os.environ).settings if has_config(config) else None
    general = settings.timing.record() if settings is not None else Timing()
    by_id = {rule.id: rule for rule in rules}
    told = costs.told({rule.id: timing_of(rule, general) for rule in by_id.values()})
    quiet = [rule.id for rule in by_id.values() if rule.shadow and rule.id not in {cost.rule for cost in told}]
    empty = [Cost(rule_id, 0, Counter(), Counter(), Counter()) for rule_id in sorted(quiet)]
    return [_row(cost, by_id.get(cost.rule)) for cost in [*told, *empty]]


def _row(cost: Cost, rule: Rule | None) -> dict[str, Any]:
    most = cost.questions.most_common(1)
    return {
        "rule": cost.rule,
        "stage": "gone" if rule is None else "shadow" if rule.shadow else "live",
        "would": str(rule.action) if rule is not None else ", ".join(sorted(cost.actions)),
        "calls": cost.calls,
        "questions": cost.questions.total(),
        "people": len(cost.questions),
        "most": f"{most[0][0]}: {most[0][1]}" if most else None,
        "pages": cost.pages.total(),
    }
