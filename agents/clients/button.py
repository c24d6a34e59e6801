"""Button: what a question's buttons carry, sealed, so that an answer finds its case and none can be made up."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

import msgspec
from msgspec import Struct

VALUE_CHARS = 2000  # Slack's limit of a button's value
PURPOSE = b"countersign button v1"


class ButtonValue(Struct, frozen=True, array_like=True):
    """Which case a button belongs to, where on `commands` its answer goes, and the digest of what was shown."""

    actor_key: str
    case_id: str
    digest: str
    partition: int


class Seal:
    """Signs button values with a key derived from Slack's signing secret.

    The first secret signs; all of them open, so that a rotation leaves the open questions alive.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        self._keys = [hmac.digest(secret.encode(), PURPOSE, "sha256") for secret in secrets]

    def seal(self, value: ButtonValue) -> str:
        """The text of a button's value.

        Raises:
            ValueError: it would be longer than Slack allows.
        """
        body = base64.urlsafe_b64encode(msgspec.json.encode(value)).decode()
        sealed = f"{body}.{self._signature(self._keys[0], body)}"
        if len(sealed) > VALUE_CHARS:
            raise ValueError(f"a button's value of {len(sealed)} characters: Slack takes {VALUE_CHARS}")
        return sealed

    def open(self, sealed: object) -> ButtonValue | None:
        """What a button carries, None where the seal is not ours or is broken."""
        if not isinstance(sealed, str) or not sealed.isascii() or len(sealed) > VALUE_CHARS:
            return None
        body, _, signature = sealed.rpartition(".")
        if not any(hmac.compare_digest(self._signature(key, body), signature) for key in self._keys):
            return None
        try:
            return msgspec.json.decode(base64.urlsafe_b64decode(body), type=ButtonValue)
        except (binascii.Error, msgspec.DecodeError):
            return None

    @staticmethod
    def _signature(key: bytes, body: str) -> str:
        return hmac.new(key, body.encode(), hashlib.sha256).hexdigest()
