"""People: whether there is anybody who could be asked a question."""

from agents.decisions.directory import Directory
from agents.doctor.row import Row, well, wrong
from streams.counted import counted
from streams.settings.model import Mode, Settings


def check_people(directory: Directory, settings: Settings) -> Row:
    """Nobody to ask is wrong once questions are asked; before that it is told, for it is how everybody begins."""
    known = counted(len(directory.people), "person", "people")
    askable = sum(1 for person in directory.people.values() if person.slack and person.duo)
    if askable == 0:
        return _nobody(known if directory.people else "nobody is known", settings)
    if settings.slack.bot_token is None or settings.duo.api_url is None:
        return well("people", f"{known}, {askable} of whom can be asked once Slack and Duo are configured")
    return well("people", f"{known}, {askable} of whom can be asked")


def _nobody(known: str, settings: Settings) -> Row:
    file = settings.people.path or "people.yaml, which people.path names"
    detail = f"{known}, and nobody can be asked: every question would be a page"
    fix = f"give people a slack id and a duo name in {file}"
    return wrong("people", detail, fix) if settings.run.mode is Mode.ENFORCE else Row("people", None, detail, fix)
