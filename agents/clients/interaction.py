"""Interaction: what a person did in Slack, as a command, a request for details, or a refusal. Pure."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from agents.clients.button import ButtonValue, Seal
from streams.records.command import Answered

YES = "countersign_yes"
NO = "countersign_no"
DETAILS = "countersign_details"
ANSWERS = {YES: "yes", NO: "no"}


class Reply(Struct, frozen=True):
    """An answer, with its place on `commands`. Whether that person may answer, the case decides."""

    partition: int
    actor_key: str
    answered: Answered


class DetailsWanted(Struct, frozen=True):
    """Someone pressed Details: open a modal with `trigger_id` within three seconds."""

    partition: int
    actor_key: str
    case_id: str
    digest: str
    trigger_id: str
    user_id: str


class Refused(Struct, frozen=True):
    """An interaction that is none of ours, or has been tampered with."""

    reason: str


def read_interaction(payload: Any, *, team_id: str, app_id: str, seal: Seal) -> Reply | DetailsWanted | Refused:
    """Judge an interaction payload whose signature (or websocket) was Slack's; it never raises.

    Refused are other teams and apps, people of other teams, other places than direct messages, and buttons that
    carry no seal of ours.
    """
    if not isinstance(payload, dict) or payload.get("type") != "block_actions":
        return Refused("not_a_button")
    if _text(payload, "team", "id") != team_id or _text(payload, "user", "team_id") != team_id:
        return Refused("wrong_team")
    if _text(payload, "api_app_id") != app_id:
        return Refused("wrong_app")
    if _text(payload, "channel", "name") != "directmessage":
        return Refused("not_a_direct_message")
    actions = payload.get("actions")
    if not isinstance(actions, list) or len(actions) != 1 or not isinstance(actions[0], dict):
        return Refused("not_one_action")
    value = seal.open(actions[0].get("value"))
    if value is None:
        return Refused("broken_seal")
    user_id = _text(payload, "user", "id")
    action_id = _text(actions[0], "action_id")
    if action_id == DETAILS:
        wanted = (value.partition, value.actor_key, value.case_id, value.digest)
        return DetailsWanted(*wanted, trigger_id=_text(payload, "trigger_id"), user_id=user_id)
    if action_id not in ANSWERS:
        return Refused("unknown_action")
    return _reply(value, ANSWERS[action_id], user_id, payload, actions[0])


def _reply(
    value: ButtonValue, answer: str, user_id: str, payload: dict[str, Any], action: dict[str, Any]
) -> Reply:
    answered = Answered(
        case_id=value.case_id,
        digest=value.digest,
        answer=answer,
        user_id=user_id,
        team_id=_text(payload, "team", "id"),
        app_id=_text(payload, "api_app_id"),
        channel=_text(payload, "container", "channel_id"),
        message_ts=_text(payload, "container", "message_ts"),
        action_ts=_text(action, "action_ts"),
    )
    return Reply(value.partition, value.actor_key, answered)


def _text(thing: Any, *path: str) -> str:
    for key in path:
        thing = thing.get(key) if isinstance(thing, Mapping) else None
    return thing if isinstance(thing, str) else ""
