"""Integrations: the clients of Slack, Duo and PagerDuty that a configuration names."""

import random
from typing import NamedTuple

from agents.clients.address import trusting
from agents.clients.button import Seal
from agents.clients.duo import DuoClient
from agents.clients.pagerduty import PagerDutyClient
from agents.clients.slack import SlackClient
from streams.settings.model import Settings


class Integrations(NamedTuple):
    """What the effect agents speak with; None for what the configuration leaves out."""

    slack: SlackClient | None
    seal: Seal | None
    duo: DuoClient | None
    pagerduty: PagerDutyClient | None


def open_integrations(settings: Settings, rng: random.Random) -> Integrations:
    """Clients for every service that is configured; none of them connects yet."""
    ca_file = str(settings.ca_file) if settings.ca_file else None
    return Integrations(
        slack_client(settings, rng), _seal(settings), _duo(settings, rng, ca_file), pager(settings, rng)
    )


def pager(settings: Settings, rng: random.Random) -> PagerDutyClient | None:
    """PagerDuty's client; low urgency takes the other key where it has none of its own."""
    chosen = settings.pagerduty
    if chosen.routing_key is None:
        return None
    keys = {
        "high": chosen.routing_key.reveal(),
        "low": (chosen.low_urgency_routing_key or chosen.routing_key).reveal(),
    }
    ca_file = str(settings.ca_file) if settings.ca_file else None
    return PagerDutyClient(events_url=chosen.events_url, routing_keys=keys, rng=rng, ca_file=ca_file)


def slack_client(settings: Settings, rng: random.Random) -> SlackClient | None:
    """Slack's client."""
    chosen = settings.slack
    if chosen.bot_token is None:
        return None
    context = trusting(str(settings.ca_file)) if settings.ca_file else None
    return SlackClient(api_url=chosen.api_url, bot_token=chosen.bot_token.reveal(), rng=rng, context=context)


def _seal(settings: Settings) -> Seal | None:
    """Buttons are sealed by the signing secret; with Socket Mode alone, by the app token."""
    secret = settings.slack.signing_secret or settings.slack.app_token
    return Seal([secret.reveal()]) if secret is not None else None


def _duo(settings: Settings, rng: random.Random, ca_file: str | None) -> DuoClient | None:
    chosen = settings.duo
    if chosen.api_url is None or chosen.integration_key is None or chosen.secret_key is None:
        return None
    return DuoClient(
        api_url=chosen.api_url,
        integration_key=chosen.integration_key,
        secret_key=chosen.secret_key.reveal(),
        rng=rng,
        ca_file=ca_file,
    )
