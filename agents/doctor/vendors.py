"""Vendors: whether Slack, Duo and PagerDuty take our credentials, without disturbing anybody."""

from agents.clients.duo import DuoClient
from agents.clients.outcome import Standing
from agents.clients.pagerduty import PagerDutyClient
from agents.clients.slack import SlackClient
from agents.doctor.row import Row, failed, unused, well, wrong
from streams.settings.model import SlackSettings

UNUSED = "not configured: fine in observe mode"


async def check_slack(client: SlackClient | None, chosen: SlackSettings) -> Row:
    """auth.test: whose token it is, and whether that is the team the configuration names."""
    if client is None:
        return unused("slack", UNUSED)
    outcome = await client.identity()
    if outcome.standing is not Standing.DONE:
        fix = "install the app (countersign init writes its manifest); slack.bot_token"
        return failed("slack", outcome, fix, "slack.api_url")
    team = str(outcome.got().get("team_id"))
    if team != chosen.team_id:
        return wrong("slack", f"the token is of team {team}", f'set slack.team_id = "{team}" if that is yours')
    if chosen.app_token is None and chosen.signing_secret is None:
        return wrong("slack", "answers have no way back", "set slack.app_token or slack.signing_secret")
    return well("slack", f"team {team}, answers by {'Socket Mode' if chosen.app_token else 'HTTP'}")


async def check_duo(client: DuoClient | None) -> Row:
    """/auth/v2/check: whether the signature holds."""
    if client is None:
        return unused("duo", UNUSED)
    outcome = await client.check()
    if outcome.standing is not Standing.DONE:
        fix = "set duo.integration_key and duo.secret_key of an Auth API application"
        return failed("duo", outcome, fix, "duo.api_url")
    return well("duo", "the keys are taken")


async def check_pagerduty(client: PagerDutyClient | None) -> Row:
    """Whether the routing keys are taken: a resolve of an incident that never was opens nothing."""
    if client is None:
        return unused("pagerduty", UNUSED)
    for urgency in ("high", "low"):
        outcome = await client.probe(urgency)
        if outcome.standing is not Standing.DONE:
            fix = f"set the {urgency} urgency key of an Events API v2 integration"
            return failed("pagerduty", outcome, fix, "pagerduty.events_url")
    return well("pagerduty", "the routing keys are taken")
