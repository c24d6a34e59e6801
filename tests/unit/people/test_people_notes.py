"""Notes on a good people file: who cannot be asked, whom no call is found to be of, and who reads like another."""

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.people.codes import PeopleCode
from agents.people.loader import survey_people
from agents.people.look_alike import skeleton
from streams.settings.fault import FaultsFound

GOLDEN = Path(__file__).parent / "golden"
COMPLETE = 'people: [{id: ada, slack: U012ABCDEF, duo: ada, aws: {iam: {"111122223333": [ada]}}}]'


def noted(path: Path) -> list[str]:
    return [str(fault).replace(f"{path.parent}/", "") for fault in survey_people(path).notes]


def test_all_notes_are_told_with_their_places():
    assert noted(GOLDEN / "noted.yaml") == (GOLDEN / "noted.notes").read_text().splitlines()


def test_a_complete_person_alone_is_not_noted(tmp_path: Path):
    (tmp_path / "p.yaml").write_text(COMPLETE)
    assert noted(tmp_path / "p.yaml") == []


@pytest.mark.parametrize("key", ["slack", "duo", "aws"])
def test_each_gap_has_its_code(tmp_path: Path, key: str):
    codes = {"slack": PeopleCode.NO_SLACK, "duo": PeopleCode.NO_DUO, "aws": PeopleCode.NO_CLAIM}
    entry = {"id": "ada", "slack": "U012ABCDEF", "duo": "ada", "aws": '{iam: {"111122223333": [ada]}}'}
    del entry[key]
    (tmp_path / "p.yaml").write_text(
        "people: [{" + ", ".join(f"{name}: {word}" for name, word in entry.items()) + "}]"
    )
    (note,) = survey_people(tmp_path / "p.yaml").notes
    assert note.code == codes[key]


def two_in_duo(one: str, other: str) -> str:
    entry = "{{id: {0}, slack: U{1}, duo: '{2}', aws: {{iam: {{'111122223333': [{0}]}}}}}}"
    return f"people: [{entry.format('grace', '2GRACE', one)}, {entry.format('linus', '3LINUS', other)}]"


@pytest.mark.parametrize(("one", "other"), [("ada", "Ada"), ("ADA@example.com", "ada@EXAMPLE.com")])
def test_names_that_duo_takes_for_one_user_are_a_fault(tmp_path: Path, one: str, other: str):
    (tmp_path / "p.yaml").write_text(two_in_duo(one, other))
    with pytest.raises(FaultsFound) as found:
        survey_people(tmp_path / "p.yaml")
    (fault,) = found.value.faults
    assert fault.code == PeopleCode.CLAIMED_TWICE
    assert f'duo "{other}" already belongs to grace (line 1), for Duo makes no difference' in str(fault)


@pytest.mark.parametrize(
    ("one", "other"), [("ada", "ada@example.com"), ("EXAMPLE\\Ada", "ada"), ("ada@a.example", "ada@b.example")]
)
def test_names_that_duo_takes_for_one_user_where_it_leaves_domains_out_are_noted(
    tmp_path: Path, one: str, other: str
):
    (tmp_path / "p.yaml").write_text(two_in_duo(one, other))
    (note,) = survey_people(tmp_path / "p.yaml").notes
    assert note.code == PeopleCode.ONE_IN_DUO
    assert f'duo "{other}" is "{one}" of grace' in str(note)


@pytest.mark.parametrize(
    "alike",
    [("ada", "Ada"), ("lee0", "leeO"), ("paul", "pau1"), ("warner", "wamer"), ("Ida", "lda"), ("viv", "VIV")],
)
def test_names_that_are_taken_for_each_other(alike: tuple[str, str]):
    assert skeleton(alike[0]) == skeleton(alike[1])


def test_names_of_a_team_are_told_apart():
    names = ["ada", "adam", "grace", "linus", "lina", "mary", "marie", "ada.l", "ada-l"]
    assert len({skeleton(name) for name in names}) == len(names)
    for one, other in itertools.combinations(names, 2):
        assert skeleton(one) != skeleton(other)


@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126)))
def test_case_never_tells_two_names_apart(text: str):
    assert skeleton(text) == skeleton(text.upper()) == skeleton(text.swapcase())
