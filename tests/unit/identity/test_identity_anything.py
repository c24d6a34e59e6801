"""No record makes identity raise: neither a made-up one nor any of the development fixtures."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.decisions.directory import Directory
from agents.decisions.identity import resolve_actor, route
from streams.records.actor import ActorKind, Confidence

DATA = Path(__file__).parents[4] / "shared" / "data"
KEYS = ["type", "userName", "arn", "accountId", "principalId", "invokedBy", "sessionContext", "sessionIssuer"]
KEYS += ["sourceIdentity", "onBehalfOf", "userId"]
TEXTS = ["AssumedRole", "IAMUser", "Root", "a:b", ":", "/", ""]
TEXTS += ["arn:aws:sts::1:assumed-role/r/s", "arn:aws:iam::1:user/"]
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.sampled_from(TEXTS)),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.sampled_from(KEYS), inner)),
    max_leaves=20,
)


@given(VALUES, st.one_of(st.none(), st.text(max_size=4), st.just("AWS Internal")))
def test_any_identity_is_some_actor(identity: Any, source: str | None):
    actor = resolve_actor({"userIdentity": identity, "sourceIPAddress": source}, Directory())
    assert actor.person is None
    assert route(actor, None, Directory())[0] is None


def records(value: Any) -> Iterator[dict[str, Any]]:
    """Every record inside a value, texts of JSON among it."""
    if isinstance(value, str) and "userIdentity" in value and value.startswith(("{", "[")):
        value = json.loads(value)
    if isinstance(value, dict):
        if "userIdentity" in value:
            yield value
        for inner in value.values():
            yield from records(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from records(inner)


@pytest.mark.skipif(not DATA.is_dir(), reason="the development fixtures are not beside this checkout")
def test_every_record_of_the_fixtures_is_some_actor():
    lines = [line for file in DATA.glob("*.jsonl") for line in file.read_text().splitlines()]
    found = [record for line in lines for record in records(json.loads(line))]
    assert len(found) > 250
    for record in found:
        actor = resolve_actor(record, Directory())
        assert actor.why
        assert actor.claim is None or "HIDDEN_DUE" not in actor.claim
        if actor.confidence is Confidence.NONE:
            assert actor.kind is not ActorKind.PERSON
