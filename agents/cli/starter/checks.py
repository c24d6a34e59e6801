"""Checks: what an answer has to look like, said where it is given and not when the files are read."""

from collections.abc import Callable
from urllib.parse import urlsplit

import rich_click as click

from agents.people.person_entry import PERSON_ID, SLACK_ID
from streams.settings.feed_checks import TOPIC_ARN
from streams.settings.urls import url_complaint

Check = Callable[[str], str]
"""The answer as it is taken, or a UsageError; an empty one leaves the thing out and is never checked."""


def queue_url(text: str) -> str:
    """A URL as SQS gives it."""
    found = url_complaint(text)
    if found is not None or len(urlsplit(text).path.split("/")) != 3:
        raise click.UsageError(
            f'"{text}" is no queue URL: https://sqs.REGION.amazonaws.com/ACCOUNT/QUEUE is wanted'
        )
    return text


def topic(text: str) -> str:
    """The ARN of an SNS topic."""
    if not TOPIC_ARN.fullmatch(text):
        raise click.UsageError(f'"{text}" is no topic ARN: arn:aws:sns:REGION:ACCOUNT:NAME is wanted')
    return text


def topics(text: str) -> str:
    """ARNs with blanks between them."""
    return " ".join(topic(one) for one in text.split())


def person(text: str) -> str:
    """The id of a person."""
    if not PERSON_ID.fullmatch(text):
        wanted = "a letter or figure first, then those and . _ @ + -, no blanks"
        raise click.UsageError(f'"{text}" is no id of a person: {wanted}, like ada')
    return text


def slack_id(text: str) -> str:
    """A Slack user id, which is not the name."""
    if not SLACK_ID.fullmatch(text):
        wanted = "it begins with U or W, like U012ABCDEF; in a Slack profile: More, Copy member ID"
        raise click.UsageError(f'"{text}" is no Slack user id: {wanted}')
    return text


def words(text: str) -> str:
    """Any text that shows."""
    if not text.isprintable() or not text.strip():
        raise click.UsageError("this has to be text in one line")
    return text.strip()
