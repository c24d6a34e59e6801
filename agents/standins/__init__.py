"""Stand-ins: Slack, Duo and PagerDuty as real HTTP servers with state, for the demo and the tests.

    async with StandIns(folder) as standins:            # together.py; standins.settings() are configuration values
        slack, duo, pagerduty = standins.slack, standins.duo, standins.pagerduty

Each service (server.StandIn): `await start(host, port)`, `await stop()`, `.url`, `.requests` (Exchange, oldest
first), `.faults` (plan.FaultPlan), `.changed` (changes.Changes: `.count`, `await wait(beyond, timeout_s)`). A
service may be stopped and started again on its port; it keeps its state, as a vendor does through an outage.

    slack.people["U1"] = SlackPerson("U1", "ada")       # slack_state.py; disabled=True for a deactivated account
    slack.messages -> list[SlackMessage]                # channel, ts, text, blocks, metadata, thread_ts, versions
    slack.views -> list[SlackView]                      # modals that were opened: user_id, view, trigger_id
    slack.interactions_url = "http://127.0.0.1:8470/slack/interactions"   # or nothing: over Socket Mode
    await slack.click(channel, ts, action_id, user_id=None, team_id=None) -> Click(delivered, status, via)
    slack.delete(channel, ts)                           # what a stolen bot token could do

    duo.people["ada"] = DuoPerson("ada", "auth")        # or allow (bypass), deny, enroll; unknown names: enroll
    duo.pushes -> list[DuoPush]                         # txid, user, pushinfo (dict), state, sent_ms, answered_ms
    duo.answer(txid, "allow" | "deny" | "fraud")        # later `timeout`, when the push's life has passed

    pagerduty.incidents -> list[Incident]               # dedup_key, routing_key, status, summary, details, events
    pagerduty.acknowledge(dedup_key); pagerduty.resolve(dedup_key)
"""
