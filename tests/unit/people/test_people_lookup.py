"""Lookup: a name of any kind leads to its person, exactly, or to the nearest one as a suggestion."""

import pytest

from agents.people.loader import read_people
from agents.people.lookup import lookup, suggestion
from tests.unit.people.test_people_loader import GOOD

DIRECTORY = read_people("p.yaml", GOOD)


@pytest.mark.parametrize(
    ("word", "by", "confidence"),
    [
        ("Ada Lovelace", "name", "none"),
        ("U012ABCDEF", "slack", "none"),
        ("platform", "group", "none"),
        ("ada@example.com", "sso", "high"),
        ("ada.l", "iam", "high"),
        ("111122223333/ada.l", "iam", "high"),
        ("arn:aws:iam::111122223333:user/ada.l", "iam", "high"),
        ("arn:aws:iam::111122223333:user/team/ada.l", "iam", "high"),
        ("arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Dev_0a1b/ada@example.com", "sso", "high"),
        ("arn:aws:sts::111122223333:assumed-role/Admin/ada", "role session", "medium"),
    ],
)
def test_every_kind_of_name_leads_to_its_person(word, by, confidence):
    (match,) = lookup(DIRECTORY, word)
    assert (match.person, match.by, match.confidence, match.asked) == ("ada", by, confidence, True)


def test_one_word_may_be_several_names():
    assert {match.by for match in lookup(DIRECTORY, "ada")} == {"id", "duo", "source_identity", "iam"}


@pytest.mark.parametrize("word", ["111122223333", "production"])
def test_an_account_leads_to_who_answers_for_it(word):
    found = lookup(DIRECTORY, word)
    assert [(match.person, match.by, match.asked) for match in found] == [
        ("ada", "owner of", True),
        ("ada", "break glass of", True),
        ("grace", "break glass of", False),
    ]


@pytest.mark.parametrize(
    "word",
    [
        "ADA",
        "Ada@example.com",
        "arn:aws:iam::444455556666:user/ada.l",
        "arn:aws:sts::444455556666:assumed-role/Admin/ada",
        "arn:aws:sts::111122223333:assumed-role/Other/ada",
        "arn:aws:sts::111122223333:assumed-role/Other/ada@example.com",
        "",
    ],
)
def test_what_is_not_exactly_a_name_is_nobody(word):
    assert lookup(DIRECTORY, word) == []


@pytest.mark.parametrize(
    ("word", "near"), [("adaa", "ada"), ("ada@exmaple.com", "ada@example.com"), ("ada.k", "ada.l"), ("zzzz", None)]
)
def test_the_nearest_name_is_suggested(word, near):
    assert suggestion(DIRECTORY, word) == (f': did you mean "{near}"?' if near else "")
