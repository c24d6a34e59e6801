"""Page notes: what this deployment adds to a page: the rules' runbooks, the account's name, the case's link."""

from collections.abc import Callable

from agents.decisions.judge import Policy
from agents.pager import ACCOUNT, About
from streams.records.effect import Page

RULES = "rules"
"""The detail that names a page's rules, with commas between."""


def page_notes(in_force: Callable[[], Policy], public_url: str | None) -> About:
    """Notes by the rules and the accounts in force; no link where no `gateway.public_url` is configured."""

    def notes(page: Page) -> dict[str, str]:
        policy = in_force()
        named = page.details.get(RULES, "").split(", ")
        runbooks = {rule.id: rule.runbook for rule in policy.rules.rules if rule.runbook and rule.id in named}
        found = {f"runbook of {rule}": runbooks[rule] for rule in named if rule in runbooks}
        name = policy.directory.account_name(page.source)
        if name != page.source:
            found[ACCOUNT] = f"{name} ({page.source})"
        if public_url is not None:
            found["case page"] = f"{public_url.rstrip('/')}/cases/{page.subject}"
        return found

    return notes
