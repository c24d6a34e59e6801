"""Answers: what is known at the start, given beforehand or asked for, each checked as it is given."""

from typing import NamedTuple

import rich_click as click

from agents.cli.starter import checks


class Answers(NamedTuple):
    """What is known at the start; whatever is None is left for later."""

    queue_url: str | None = None
    topics: tuple[str, ...] = ()
    person: str | None = None
    name: str | None = None
    slack: str | None = None
    duo: str | None = None
    sso: str | None = None

    @property
    def has_feed(self) -> bool:
        """Whether the feed is complete: a queue, and the topics that say for whom it speaks."""
        return self.queue_url is not None and bool(self.topics)


def checked(given: Answers) -> Answers:
    """The flags, each checked.

    Raises:
        UsageError: one does not look as it must, or describes a person without an id.
    """
    flags = {"--name": given.name, "--slack-id": given.slack, "--duo-user": given.duo, "--sso": given.sso}
    orphans = [flag for flag, value in flags.items() if value]
    if orphans and not given.person:
        raise click.UsageError(f"{' and '.join(orphans)} of whom? --person ID is missing")
    return Answers(
        _flag(checks.queue_url, given.queue_url),
        tuple(checks.topic(one) for one in given.topics),
        _flag(checks.person, given.person),
        _flag(checks.words, given.name),
        _flag(checks.slack_id, given.slack),
        _flag(checks.words, given.duo),
        _flag(checks.words, given.sso),
    )


def asked(known: Answers) -> Answers:
    """Ask for what was not given; an empty answer leaves the thing out, a wrong one is asked for again."""
    queue_url = known.queue_url or _ask("URL of the SQS queue that calls come in by", checks.queue_url)
    topics = known.topics
    if queue_url is not None and not topics:
        topics = tuple(
            (_ask("ARNs of the accounts' SNS topics, with blanks between", checks.topics) or "").split()
        )
    person = known.person or _ask("Id of the first person, for example ada", checks.person)
    if person is None:
        return known._replace(queue_url=queue_url, topics=topics)
    return Answers(
        queue_url,
        topics,
        person,
        known.name or _ask("Their name", checks.words),
        known.slack or _ask("Their Slack user id, for example U012ABCDEF", checks.slack_id),
        known.duo or _ask("Their Duo user name", checks.words),
        known.sso or _ask("Their Identity Center user name", checks.words),
    )


def _flag(check: checks.Check, value: str | None) -> str | None:
    return check(value) if value else None


def _ask(question: str, check: checks.Check) -> str | None:
    # click asks again after a UsageError, and says what was wrong.
    answer: str = click.prompt(
        question,
        default="",
        show_default=False,
        err=True,
        value_proc=lambda text: check(text.strip()) if text.strip() else "",
    )
    return answer or None
