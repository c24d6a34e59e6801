"""What the Slack stand-in remembers: people, messages with their past versions, opened modals."""

from typing import Any

from msgspec import Struct, field


class SlackPerson(Struct):
    """One account of the workspace; a `restricted` one is a guest."""

    user_id: str
    name: str
    disabled: bool = False
    restricted: bool = False
    tz: str = "Europe/London"
    email: str = ""
    real_name: str = ""
    bot: bool = False


class Version(Struct, frozen=True):
    """A message as it was before an update."""

    at_ms: int
    text: str
    blocks: list[dict[str, Any]]


class SlackMessage(Struct):
    """One message; `versions` holds what `chat.update` replaced, oldest first."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[dict[str, Any]]
    metadata: dict[str, Any] | None
    thread_ts: str | None = None
    deleted: bool = False
    versions: list[Version] = field(default_factory=list)

    def button(self, action_id: str) -> dict[str, Any] | None:
        """The button of that action as it stands now."""
        for block in self.blocks:
            for element in block.get("elements", []) if block.get("type") == "actions" else []:
                if element.get("action_id") == action_id:
                    return dict(element)
        return None


class SlackView(Struct, frozen=True):
    """A modal that was opened for a person."""

    user_id: str
    trigger_id: str
    view: dict[str, Any]


class Click(Struct, frozen=True):
    """What became of a click: taken in time or not, with the HTTP status where it went over HTTP."""

    delivered: bool
    status: int | None
    via: str
