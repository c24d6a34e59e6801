"""A button's value: sealed, opened, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.clients.button import ButtonValue, Seal

VALUE = ButtonValue("person/ada", "CASE", "d" * 64, 3)


def test_what_is_sealed_opens():
    seal = Seal(["secret"])
    assert seal.open(seal.seal(VALUE)) == VALUE


def test_an_older_secret_still_opens_and_another_does_not():
    sealed = Seal(["old"]).seal(VALUE)
    assert Seal(["new", "old"]).open(sealed) == VALUE
    assert Seal(["new"]).open(sealed) is None


@given(place=st.integers(0, 250), letter=st.characters(codec="ascii"))
def test_an_altered_value_does_not_open(place, letter):
    seal = Seal(["secret"])
    sealed = seal.seal(VALUE)
    place %= len(sealed)
    altered = sealed[:place] + letter + sealed[place + 1 :]
    assert seal.open(altered) == (VALUE if altered == sealed else None)


@given(st.one_of(st.text(), st.none(), st.integers(), st.binary(), st.lists(st.text())))
def test_whatever_comes_does_not_open_and_does_not_raise(value):
    assert Seal(["secret"]).open(value) is None


def test_the_key_is_not_the_signing_secret_itself():
    sealed = Seal(["secret"]).seal(VALUE)
    assert "secret" not in sealed
    assert Seal(["secret"])._keys[0] != b"secret"


def test_a_value_that_slack_would_refuse_is_not_made():
    with pytest.raises(ValueError, match="Slack takes 2000"):
        Seal(["secret"]).seal(ButtonValue("person/" + "a" * 2000, "CASE", "d" * 64, 3))
