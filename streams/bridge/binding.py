"""Binding: which accounts a feed may speak for, so that no account speaks for another (threat T6)."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from streams.records.account import account_of


class Binding(Struct, frozen=True):
    """`topics` maps a topic ARN to the one account it speaks for; `accounts` binds what carries no topic ARN.

    With neither, nothing is bound and everything passes.
    """

    topics: Mapping[str, str] = {}
    accounts: frozenset[str] = frozenset()

    def account(self, topic_arn: str | None) -> str | None:
        """The account that must have made a call of this topic; of any call, where just one account is bound."""
        if topic_arn is not None and topic_arn in self.topics:
            return self.topics[topic_arn]
        return next(iter(self.accounts)) if len(self.accounts) == 1 and not self.topics else None

    def objection(self, fields: Mapping[str, Any], account: str | None, topic_arn: str | None) -> str | None:
        """Why a call may not come by this feed; None where it may.

        The topic's account, the envelope's and the record's recipientAccountId must agree, as far as told.
        """
        if not self.topics and not self.accounts:
            return None
        recipient = fields.get("recipientAccountId")
        told = {one for one in (account, recipient) if isinstance(one, str) and one}
        if len(told) > 1:
            return f"the record is of account {recipient}, its envelope of {account}"
        if topic_arn is not None and self.topics:
            return self._by_topic(told, topic_arn)
        return self._by_account(account_of(fields, account))

    def _by_topic(self, told: set[str], topic_arn: str) -> str | None:
        speaks_for = self.topics.get(topic_arn)
        if speaks_for is None:
            return f"topic {topic_arn} is not listed"
        if told - {speaks_for}:
            return f"topic {topic_arn} speaks for {speaks_for}, not for {told.pop()}"
        return None

    def _by_account(self, account: str | None) -> str | None:
        if not self.accounts:
            return "it came without a topic, and this feed lists no accounts"
        if account is None:
            return None if len(self.accounts) == 1 else "it names no account"
        return None if account in self.accounts else f"account {account} is not listed"
