"""Prompter: asks, reminds and rewrites in Slack. A question is looked for before it is sent a second time."""

import asyncio
import random
from collections.abc import Callable, Sequence
from functools import partial

import msgspec

from agents.clients.button import ButtonValue, Seal
from agents.clients.outcome import Outcome, Standing
from agents.clients.patience import Patience
from agents.clients.slack import SlackClient, prompt_metadata
from agents.effect_tasks import EffectTasks, Report, read_effect
from agents.newest import Newest
from agents.texts import message as texts_of
from agents.texts.catalog import Texts
from agents.texts.question import AccountName
from streams.clock import Clock, wall_clock
from streams.records.case import EffectKind, SlackMessage
from streams.records.command import Command, Delivered, EffectDone, EffectFailed
from streams.records.effect import Prompt, Remind, SlackEffect, Update
from streams.shell.message import Message, Send

WIDTH = 16
LOOK_BACK_MS = 600_000
ASSIGNED_SLACK_MS = 1_000  # log time and this worker's clock may differ a little
EXPIRED = "expired"
MAYBE_SENT = "maybe_sent"

AssignedMs = Callable[[int], int]
"""When this worker was given a partition, epoch milliseconds UTC."""


class Prompter:
    """Does Prompt, Update and Remind effects.

    Invariant: of a prompt whose sending ended without an answer, the channel's history decides before it is
    sent again. Past its `not_after_ms` an effect is reported as expired and nothing is done.
    """

    def __init__(
        self,
        *,
        client: SlackClient,
        seal: Seal,
        texts: Texts,
        account_name: AccountName,
        report: Report,
        clock: Clock,
        assigned_ms: AssignedMs,
        rng: random.Random,
        slack_clock: Clock = wall_clock,
        patience: Patience = Patience(attempts=20, base_s=0.5, cap_s=10.0),  # noqa: B008 - a frozen value
    ) -> None:
        self._client, self._seal = client, seal
        self._texts, self._account_name = texts, account_name
        self._clock, self._assigned_ms = clock, assigned_ms
        self._rng, self._patience = rng, patience
        self._slack_clock = slack_clock  # a rehearsal's log may run ahead of Slack's time
        self.tasks = EffectTasks("prompter", report, width=WIDTH)
        self._newest = Newest()

    async def stop(self) -> None:
        """Drop what is in hand."""
        await self.tasks.stop()

    def handle(self, message: Message) -> list[Send]:
        """Take one message of `effects-slack`."""
        effect = read_effect(_EFFECTS, message, self._clock)
        if isinstance(effect, Send):
            return [effect]
        kind = _KINDS[type(effect)]
        effect_id = f"{effect.case_id}:{kind}:{effect.attempt}"
        older = effect.emitted_ms < self._assigned_ms(message.partition) + ASSIGNED_SLACK_MS
        # A reminder that is repeated was surely not sent, unless another life of this worker began it.
        repeated = not isinstance(effect, Remind) and (effect.attempt > 1 or self.tasks.begun(effect_id))
        if kind is EffectKind.UPDATE:
            self._newest.note(effect.case_id, effect.attempt)
        work = partial(self._do, effect, kind, look_first=older or repeated)
        self.tasks.begin(effect_id, effect.partition, effect.actor_key, work)
        return []

    async def _do(self, effect: SlackEffect, kind: EffectKind, *, look_first: bool) -> Sequence[Command]:
        if self._over(effect.not_after_ms):
            return [EffectFailed(effect.case_id, kind, effect.attempt, EXPIRED, final=False)]
        if isinstance(effect, Prompt):
            return await self._prompt(effect, look_first=look_first)
        if isinstance(effect, Update):
            outcome = await self._update(effect)
        elif look_first:
            return [EffectFailed(effect.case_id, kind, effect.attempt, MAYBE_SENT, final=True)]
        else:
            outcome = await self._remind(effect)
        if outcome.standing is Standing.DONE:
            return [EffectDone(effect.case_id, kind, effect.attempt)]
        # A reminder that may have been sent is not sent again: one too few is better than two.
        final = outcome.standing is Standing.REFUSED or (
            kind is EffectKind.REMIND and outcome.standing is Standing.UNKNOWN
        )
        return [EffectFailed(effect.case_id, kind, effect.attempt, outcome.reason, final=final)]

    async def _prompt(self, effect: Prompt, *, look_first: bool) -> Sequence[Command]:
        outcome: Outcome[list[SlackMessage]] = Outcome(Standing.NOT_DONE)
        for tried in range(1, self._patience.attempts + 1):
            outcome = await self._deliver(effect, look_first=look_first)
            if outcome.standing is Standing.DONE:
                return [Delivered(effect.case_id, effect.attempt, at.channel, at.ts) for at in outcome.got()]
            if outcome.standing is Standing.REFUSED:
                return [_failed(effect, outcome.reason, final=True)]
            look_first = look_first or outcome.standing is Standing.UNKNOWN
            await asyncio.sleep(self._patience.wait_s(tried, self._rng, outcome.retry_after_s))
            if self._over(effect.not_after_ms):
                return [_failed(effect, EXPIRED, final=False)]
        return [_failed(effect, outcome.reason, final=False)]

    async def _deliver(self, effect: Prompt, *, look_first: bool) -> Outcome[list[SlackMessage]]:
        channel = await self._client.direct_channel(effect.slack_user)
        if channel.standing is not Standing.DONE:
            # Opening a conversation sends nothing, so an unknown outcome of it leaves the prompt unsent.
            standing = Standing.NOT_DONE if channel.standing is Standing.UNKNOWN else channel.standing
            return Outcome(standing, reason=channel.reason, retry_after_s=channel.retry_after_s)
        if look_first:
            since_ms = min(effect.emitted_ms, self._slack_clock()) - LOOK_BACK_MS
            found = await self._client.find(channel.got(), effect.case_id, since_ms)
            if found.standing is not Standing.DONE or found.got():
                return found
        if self._over(effect.not_after_ms):
            return Outcome(Standing.NOT_DONE, reason=EXPIRED)
        sent = await self._post(effect, channel.got())
        if sent.standing is Standing.DONE:
            return Outcome(Standing.DONE, [sent.got()])
        return Outcome(sent.standing, reason=sent.reason, retry_after_s=sent.retry_after_s)

    async def _post(self, effect: Prompt, channel: str) -> Outcome[SlackMessage]:
        value = ButtonValue(effect.actor_key, effect.case_id, effect.question.digest, effect.partition)
        content = texts_of.ask(
            effect.question,
            self._texts,
            self._account_name,
            sealed=self._seal.seal(value),
            deadline_ms=self._clock() + effect.question.prompt_timeout_ms,
        )
        metadata = prompt_metadata(effect.case_id, effect.attempt)
        return await self._client.post(channel, content, metadata=metadata)

    async def _update(self, effect: Update) -> Outcome[SlackMessage]:
        async with self._newest.turn(effect.case_id):
            if self._newest.overtaken(effect.case_id, effect.attempt):
                return Outcome(Standing.DONE)
            return await self._rewrite(effect)

    async def _rewrite(self, effect: Update) -> Outcome[SlackMessage]:
        content = texts_of.tell(effect.question, self._texts, self._account_name, effect.outcome, effect.data)
        worst: Outcome[SlackMessage] = Outcome(Standing.DONE)
        for channel, ts in effect.channel_ts:
            outcome = await self._client.update(SlackMessage(channel, ts), content)
            if outcome.standing is not Standing.DONE and worst.standing in (Standing.DONE, Standing.REFUSED):
                worst = outcome
        return worst

    async def _remind(self, effect: Remind) -> Outcome[SlackMessage]:
        content = texts_of.remind(self._texts, effect.deadline_ms)
        return await self._client.post(effect.channel, content, thread_ts=effect.ts)

    def _over(self, not_after_ms: int) -> bool:
        return self._clock() > not_after_ms


_EFFECTS: msgspec.json.Decoder[SlackEffect] = msgspec.json.Decoder(SlackEffect)
_KINDS = {Prompt: EffectKind.PROMPT, Update: EffectKind.UPDATE, Remind: EffectKind.REMIND}


def _failed(effect: Prompt, reason: str, *, final: bool) -> EffectFailed:
    return EffectFailed(effect.case_id, EffectKind.PROMPT, effect.attempt, reason, final=final)
