"""Account entry: one item of `accounts:` becomes an Account, or its faults are noted."""

from typing import Any

from agents.decisions.asking import NOBODY_PROVEN, Asking, AskPolicy
from agents.decisions.directory import Account
from agents.people.codes import PeopleCode
from agents.people.page import Page
from streams.records.actor import Confidence
from streams.settings.fault import nearest
from streams.settings.located import Path

_KEYS = ("name", "owner", "break_glass", "ask")


def read_accounts(page: Page, value: Any, people: list[str]) -> list[Account]:
    """Every account of the file; `people` are the ids that owners and break-glass users must be among."""
    path: Path = ("accounts",)
    found = page.mapping(path, value)
    accounts = []
    for inner, key in page.raw_keys(path, found):
        number = page.account(inner, key)
        entry = page.mapping(inner, found[key])
        page.known_keys(inner, entry, _KEYS)
        name = page.honest_text((*inner, "name"), entry["name"]) if "name" in entry else None
        owner = _person(page, (*inner, "owner"), entry["owner"], people) if "owner" in entry else None
        ask = _ask(page, (*inner, "ask"), entry.get("ask"), owned=owner is not None)
        breakers = page.items((*inner, "break_glass"), entry.get("break_glass"))
        ids = [_person(page, at, item, people) for at, item in breakers]
        if number is not None:
            known = tuple(person for person in ids if person is not None)
            accounts.append(Account(number, name or number, owner, known, ask))
    return accounts


def _ask(page: Page, path: Path, value: Any, *, owned: bool) -> AskPolicy:
    """Whom to ask about this account's calls, by confidence."""
    found = page.mapping(path, value)
    page.known_keys(path, found, tuple(Confidence))
    policy: dict[Confidence, Asking] = {}
    for key in Confidence:
        word = page.text((*path, str(key)), found[key]) if key in found else None
        if word is None:
            continue
        if word not in list(Asking):
            known = ", ".join(Asking)
            page.fault((*path, str(key)), f'"{word}" is no way to ask: {known}', PeopleCode.BAD_FORM)
        elif key in NOBODY_PROVEN and word == Asking.PERSON:
            message = f"nobody is proven at confidence {key}: ask owner, or page"
            page.fault((*path, str(key)), message, PeopleCode.BAD_FORM)
        elif word == Asking.OWNER and not owned:
            page.fault((*path, str(key)), "this account has no owner to ask", PeopleCode.MISSING)
        else:
            policy[key] = Asking(word)
    return policy


def _person(page: Page, path: Path, value: Any, people: list[str]) -> str | None:
    text = page.text(path, value)
    if text is None or text in people:
        return text
    page.fault(path, f'no person has the id "{text}"{nearest(text, people)}', PeopleCode.UNKNOWN_PERSON)
    return None
