"""Duo's stand-in: the Auth API v2, with phones that wait for a person to tap."""

import asyncio
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web
from msgspec import Struct

from agents.standins import duo_signature
from agents.standins.server import Answer, Call, StandIn

PUSH_LIFE_MS = 60_000
WORDS = {
    "allow": "Success. Logging you in...",
    "deny": "Login request denied.",
    "fraud": "Login request reported as fraudulent.",
    "timeout": "Login timed out.",
    "bypass": "Your account passes without a second factor.",
    "pushed": "Pushed a login request to your device...",
}
PREAUTH_WORDS = {
    "auth": "Account is active",
    "allow": "Account is configured to bypass secondary authentication",
    "deny": "Your account is disabled and cannot access this application.",
    "enroll": "Enroll an authentication device to proceed",
}


class DuoPerson(Struct):
    """One Duo user; `preauth` is auth, allow (bypass), deny or enroll; `push`: a phone can be pushed to."""

    username: str
    preauth: str = "auth"
    push: bool = True


class DuoPush(Struct):
    """One push; `state` is pushed, then allow, deny, fraud, timeout or bypass. Times: epoch milliseconds UTC."""

    txid: str
    user: str
    pushinfo: dict[str, str]
    sent_ms: int
    state: str = "pushed"
    answered_ms: int | None = None
    polled: bool = False


class DuoStandIn(StandIn):
    """One Duo application; a call that is not signed with its key is refused as Duo refuses it."""

    service = "duo"
    integration_key = "DISTANDINSTANDINSTAN"
    secret_key = "stand-in-secret-key-stand-in-secret-key"

    def __init__(self, *, push_life_ms: int = PUSH_LIFE_MS, poll_s: float = 5.0, **options: Any) -> None:
        super().__init__(**options)
        self.people: dict[str, DuoPerson] = {}
        self.pushes: list[DuoPush] = []
        self._life_ms = push_life_ms
        self._poll_s = poll_s

    def routes(self) -> list[web.RouteDef]:
        """The Auth API's paths."""
        return [web.route("*", "/auth/v2/{method}", self.serve)]

    def limited(self) -> Any:
        """The body of Duo's 429."""
        return _failure(42901, "Too Many Requests")

    def answer(self, txid: str, state: str) -> None:
        """Tap on the phone: allow, deny or fraud; a push whose life has passed does not change any more."""
        push = self.push(txid)
        self._age(push)
        if push.state == "pushed":
            push.state, push.answered_ms = state, self.clock()
        self.changed.happened()

    def push(self, txid: str) -> DuoPush:
        """The push of a transaction; raises LookupError where there is none."""
        for push in self.pushes:
            if push.txid == txid:
                return push
        raise LookupError(f"no push {txid}")

    async def work(self, call: Call) -> Answer:
        """Check the signature, then do what the path does."""
        if call.route == "/auth/v2/ping":
            return _ok({"time": self.clock() // 1000})
        refusal = duo_signature.refusal(call, self.integration_key, self.secret_key, self.clock())
        if refusal is not None:
            return Answer(_failure(*refusal), 401)
        args = call.args
        if args is None:
            return Answer(_failure(40002, "Invalid request parameters"), 400)
        if call.route == "/auth/v2/check":
            return _ok({"time": self.clock() // 1000})
        if call.route == "/auth/v2/preauth":
            return self._preauth(str(args.get("username") or ""))
        if call.route == "/auth/v2/auth":
            return await self._auth(args)
        if call.route == "/auth/v2/auth_status":
            return await self._auth_status(str(args.get("txid") or ""))
        return Answer(_failure(40401, "Resource not found"), 404)

    def _preauth(self, username: str) -> Answer:
        if not username:
            return Answer(_failure(40001, "Missing required request parameters", "username"), 400)
        person = self.people.get(username, DuoPerson(username, "enroll", push=False))
        answer: dict[str, Any] = {"result": person.preauth, "status_msg": PREAUTH_WORDS[person.preauth]}
        if person.preauth == "auth":
            capabilities = ["auto", "push", "mobile_otp"] if person.push else ["mobile_otp"]
            answer["devices"] = [{"device": "DPSTANDIN", "type": "phone", "capabilities": capabilities}]
        if person.preauth == "enroll":
            answer["enroll_portal_url"] = "https://enroll.duo.invalid/"
        return _ok(answer)

    async def _auth(self, args: dict[str, Any]) -> Answer:
        person = self.people.get(str(args.get("username") or ""))
        if args.get("factor") != "push" or args.get("device") is None:
            return Answer(_failure(40002, "Invalid request parameters", "factor"), 400)
        if person is None or person.preauth in ("enroll", "deny") or not person.push:
            return Answer(_failure(40002, "Invalid request parameters", "username"), 400)
        pushinfo = dict(parse_qsl(str(args.get("pushinfo") or ""), keep_blank_values=True))
        push = DuoPush(f"txid-{len(self.pushes) + 1:06d}", person.username, pushinfo, self.clock())
        if person.preauth == "allow":
            push.state = "bypass"
        self.pushes.append(push)
        self.changed.happened()
        if str(args.get("async")) == "1":
            return _ok({"txid": push.txid})
        await self._until_answered(push, self._life_ms / 1000)
        return _ok(_status(push))

    async def _auth_status(self, txid: str) -> Answer:
        try:
            push = self.push(txid)
        except LookupError:
            return Answer(_failure(40002, "Invalid request parameters", "txid"), 400)
        if push.polled:  # Duo answers the first poll at once and holds the later ones until something changes
            await self._until_answered(push, self._poll_s)
        push.polled = True
        self._age(push)
        return _ok(_status(push))

    async def _until_answered(self, push: DuoPush, timeout_s: float) -> None:
        ends = asyncio.get_running_loop().time() + timeout_s
        while push.state == "pushed" and (left := ends - asyncio.get_running_loop().time()) > 0:
            await self.changed.wait(self.changed.count, min(left, 0.2))
            self._age(push)

    def _age(self, push: DuoPush) -> None:
        if push.state == "pushed" and self.clock() - push.sent_ms >= self._life_ms:
            push.state, push.answered_ms = "timeout", self.clock()


def _status(push: DuoPush) -> dict[str, str]:
    result = {"pushed": "waiting", "allow": "allow", "bypass": "allow"}.get(push.state, "deny")
    return {"result": result, "status": push.state, "status_msg": WORDS[push.state]}


def _ok(response: Any) -> Answer:
    return Answer({"stat": "OK", "response": response})


def _failure(code: int, message: str, detail: str | None = None) -> dict[str, Any]:
    failure = {"stat": "FAIL", "code": code, "message": message}
    return {**failure, "message_detail": detail} if detail else failure
