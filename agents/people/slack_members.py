"""Slack members: the answer of `users.list` as accounts of people; bots, guests and Slack's own are left out."""

from collections.abc import Iterable, Mapping
from typing import Any

from agents.people.person_entry import SLACK_ID
from agents.people.proposal import Account

SLACKBOT = "USLACKBOT"


def members_accounts(members: Iterable[Mapping[str, Any]]) -> list[Account]:
    """One account a human member, the deactivated included.

    Source: https://docs.slack.dev/reference/objects/user-object/. `profile.email` is there only with the scope
    users:read.email.
    """
    return [_account(member) for member in members if _is_human(member)]


def _is_human(member: Mapping[str, Any]) -> bool:
    number = member.get("id")
    if not isinstance(number, str) or number == SLACKBOT or not SLACK_ID.fullmatch(number):
        return False
    marks = ("is_bot", "is_workflow_bot", "is_restricted", "is_ultra_restricted", "is_stranger")
    return not any(member.get(mark) for mark in marks)


def _account(member: Mapping[str, Any]) -> Account:
    found = member.get("profile")
    profile: Mapping[str, Any] = found if isinstance(found, Mapping) else {}
    name = profile.get("real_name") or member.get("real_name") or member.get("name")
    return Account(
        handle=_text(member.get("name")),
        name=_text(name),
        email=_text(profile.get("email")),
        claims={"slack": (str(member["id"]),)},
        active=not member.get("deleted"),
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
