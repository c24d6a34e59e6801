"""Challenger: sends Duo pushes, each at most once, and asks what became of those that have a transaction."""

import asyncio
import random
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import msgspec
import structlog

from agents.clients.duo import DuoClient
from agents.clients.outcome import Outcome, Standing
from agents.clients.patience import Patience
from agents.effect_tasks import EffectTasks, Report, read_effect
from agents.texts.clean import clean
from streams.clock import Clock
from streams.records.case import EffectKind
from streams.records.command import Command, EffectFailed, PushResult, PushStarted
from streams.records.effect import DuoEffect, Poll, Push
from streams.shell.message import Message, Send

log = structlog.get_logger(__name__)
PUSH_WIDTH = 8
POLL_WIDTH = 32
"""Questions to Duo at a time. Each is asked in its turn: a phone that nobody takes up keeps no other waiting."""
POLLS = 1_000
INFO_CHARS = 120
POLL_PAUSE_S = 1.0
UNKNOWN = "unknown"
EXPIRED = "expired"
# What Duo says of a user who cannot be pushed to; a bypass is no verification, however willing Duo is.
REFUSALS = {"allow": "bypass", "enroll": "not_enrolled", "deny": "duo_denied"}

_EFFECTS: msgspec.json.Decoder[DuoEffect] = msgspec.json.Decoder(DuoEffect)

AssignedMs = Callable[[int], int]
"""When this worker was given a partition, epoch milliseconds UTC."""


class Challenger:
    """Does Push and Poll effects.

    Invariant: a push is begun once, by the worker that held the partition when it was emitted, and only until
    its `not_after_ms`. Where it may have been sent and no transaction is known, the report says so and stops.
    """

    def __init__(
        self,
        *,
        client: DuoClient,
        report: Report,
        clock: Clock,
        assigned_ms: AssignedMs,
        rng: random.Random,
        account_name: Callable[[str], str] = str,
        pause_s: float = POLL_PAUSE_S,
    ) -> None:
        self._client, self._clock = client, clock
        self._assigned_ms = assigned_ms
        self._account_name = account_name
        self._rng = rng
        self._pause = Patience(base_s=pause_s, cap_s=4 * pause_s)
        # Only who started a push learns its transaction: without it the phone rings for nothing.
        self.pushes = EffectTasks("challenger", report, width=PUSH_WIDTH, must_tell=True)
        self.polls = EffectTasks("challenger-poll", report, width=POLLS)
        self._asking = asyncio.Semaphore(POLL_WIDTH)

    async def stop(self) -> None:
        """Drop what is in hand."""
        await self.pushes.stop()
        await self.polls.stop()

    def handle(self, message: Message) -> list[Send]:
        """Take one message of `effects-duo`."""
        effect = read_effect(_EFFECTS, message, self._clock)
        if isinstance(effect, Send):
            return [effect]
        if isinstance(effect, Poll):
            self.polls.begin(effect.txid, effect.partition, effect.actor_key, partial(self._poll, effect))
            return []
        push_id = f"{effect.case_id}:{effect.attempt}"
        maybe_sent = self.pushes.begun(push_id) or effect.emitted_ms < self._assigned_ms(message.partition)
        work = partial(self._push, effect, maybe_sent=maybe_sent)
        self.pushes.begin(push_id, effect.partition, effect.actor_key, work)
        return []

    async def _push(self, effect: Push, *, maybe_sent: bool) -> Sequence[Command]:
        def over() -> bool:
            return self._clock() > effect.not_after_ms

        if maybe_sent:
            return [_failed(effect, UNKNOWN, final=False)]
        if over():
            return [_failed(effect, EXPIRED, final=False)]
        standby = await self._client.preauth(effect.duo_user, until=over)
        if standby.standing is not Standing.DONE:
            return [_not_sent(effect, standby)]
        if standby.got().result != "auth" or not standby.got().can_push:
            return [_failed(effect, REFUSALS.get(standby.got().result, "not_enrolled"), final=True)]
        if over():
            return [_failed(effect, EXPIRED, final=False)]
        told = dict(effect.pushinfo)
        if "Account" in told:
            told["Account"] = self._account_name(told["Account"])
        info = {clean(name, 40): clean(value, INFO_CHARS) for name, value in told.items()}
        started = await self._client.push(effect.duo_user, info, until=over)
        if started.standing is Standing.DONE:
            return [PushStarted(effect.case_id, effect.attempt, started.got())]
        if started.standing is Standing.UNKNOWN:
            return [_failed(effect, UNKNOWN, final=False)]
        return [_not_sent(effect, started)]

    async def _poll(self, effect: Poll) -> Sequence[Command]:
        failed = 0
        while True:
            async with self._asking:
                status = await self._client.status(effect.txid)
            result, detail = "waiting", status.reason
            if status.standing is Standing.DONE:
                result, detail = status.got().result, status.got().detail
            elif status.standing is Standing.REFUSED:
                result = "error"
            failed = 0 if status.standing is Standing.DONE else failed + 1
            if result == "waiting" and self._clock() > effect.not_after_ms:
                result = "error" if failed else "timeout"
            if result != "waiting":
                detail = clean(detail, INFO_CHARS)
                return [PushResult(effect.case_id, effect.attempt, effect.txid, result, detail)]
            await asyncio.sleep(self._pause.wait_s(max(1, failed), self._rng, status.retry_after_s))


def _not_sent(effect: Push, outcome: Outcome[Any]) -> EffectFailed:
    """Duo surely sent nothing: a refusal ends it, anything else leaves the case its second attempt."""
    log.warning("push_not_sent", case_id=effect.case_id, reason=outcome.reason)
    final = outcome.standing is Standing.REFUSED
    return _failed(effect, "push_failed" if final else outcome.reason, final=final)


def _failed(effect: Push, reason: str, *, final: bool) -> EffectFailed:
    return EffectFailed(effect.case_id, EffectKind.PUSH, effect.attempt, reason, final=final)
