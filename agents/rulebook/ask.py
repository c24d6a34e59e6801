"""Ask: whom a rule wants asked, by how far the caller is proven."""

from agents.decisions.asking import NOBODY_PROVEN, Asking, AskPolicy
from agents.rulebook.codes import Code
from agents.rulebook.page import Page
from streams.records.actor import Confidence


def read_ask(page: Page) -> AskPolicy:
    """The policy under `ask`, by confidence; empty where the rule leaves it to the account."""
    found = page.value.get("ask", {})
    if not page.is_a(("ask",), found, dict):
        return {}
    page.keys(("ask",), found, list(Confidence), Code.UNKNOWN_SETTING, "confidence")
    policy: dict[Confidence, Asking] = {}
    for key, word in found.items():
        if key not in list(Confidence):
            continue
        path = ("ask", str(key))
        if not isinstance(word, str) or word not in list(Asking):
            page.unknown(path, "way to ask", str(word), list(Asking), Code.BAD_SETTING)
        elif Confidence(key) in NOBODY_PROVEN and Asking(word) is Asking.PERSON:
            page.fault(path, f"nobody is proven at confidence {key}: ask owner, or page", Code.BAD_SETTING)
        else:
            policy[Confidence(key)] = Asking(word)
    return policy
