"""Cleaning: one line, nothing invisible, never longer than allowed."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from agents.texts.clean import INVISIBLE, clean, own


@given(st.text(), st.integers(1, 50))
def test_what_is_left_is_one_visible_line_within_the_limit(text, limit):
    cleaned = clean(text, limit)
    assert len(cleaned) <= limit
    assert not {unicodedata.category(letter) for letter in cleaned} & INVISIBLE
    assert cleaned == " ".join(cleaned.split())


@given(st.text())
def test_cleaning_twice_changes_nothing(text):
    assert clean(clean(text, 80), 80) == clean(text, 80)


def test_ordinary_text_stays():
    assert clean("Ada Lovelace, Zürich 東京 · aws-cli/2.15", 80) == "Ada Lovelace, Zürich 東京 · aws-cli/2.15"


def test_what_is_cut_says_so():
    assert clean("abcdefgh", 5) == "abcd…"


def test_our_own_text_is_escaped_where_slack_reads_markup():
    assert own("<!channel> & you", 80) == "&lt;!channel&gt; &amp; you"
