"""The people file: what a good one becomes, and every fault of a bad one in one run."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.people.codes import PeopleCode
from agents.people.loader import load_people, read_people
from streams.settings.fault import FaultsFound
from tests.support.faults import faults_of

GOOD = """\
people:
  - id: ada
    name: Ada Lovelace
    slack: U012ABCDEF
    duo: ada
    groups: [platform]
    aws:
      sso: [ada@example.com]
      source_identity: [ada]
      iam: {"111122223333": [ada.l], "011122223333": [ada]}
      roles: [{arn: "arn:aws:iam::111122223333:role/team/Admin", session: ada}]
  - id: grace
accounts:
  "111122223333": {name: production, owner: ada, break_glass: [ada, grace]}
"""

GOLDEN = Path(__file__).parent / "golden"


def test_a_good_file_is_a_directory():
    directory = read_people("p.yaml", GOOD)
    ada = directory.person("ada")
    assert ada is not None
    assert (ada.name, ada.slack, ada.duo, ada.groups) == ("Ada Lovelace", "U012ABCDEF", "ada", ("platform",))
    assert directory.by_sso("ada@example.com") is ada
    assert directory.by_source_identity("ada") is ada
    assert directory.by_iam_user("111122223333", "ada.l") is ada
    assert directory.by_iam_user("011122223333", "ada") is ada
    assert directory.by_pinned_session("arn:aws:iam::111122223333:role/team/Admin", "ada") is ada
    assert directory.account_name("111122223333") == "production"
    assert directory.account_name("444455556666") == "444455556666"
    assert directory.owner("111122223333") is ada
    assert [person.id for person in directory.break_glass("111122223333")] == ["ada", "grace"]


@pytest.mark.parametrize("name", ["Ada@example.com", "ada@example.com ", "ada", "ada@example.co"])
def test_names_match_exactly_or_not_at_all(name: str):
    assert read_people("p.yaml", GOOD).by_sso(name) is None


def test_an_iam_user_is_somebody_in_their_own_account_only():
    directory = read_people("p.yaml", GOOD)
    assert directory.by_iam_user("444455556666", "ada.l") is None


def test_all_faults_of_a_people_file_are_told_in_one_run():
    expected = (GOLDEN / "broken.faults").read_text()
    assert "\n".join(faults_of(lambda: load_people(GOLDEN / "broken.yaml"), GOLDEN)) + "\n" == expected


@pytest.mark.parametrize("text", ["", "# nothing\n", "people:\naccounts:\n", "{}"])
def test_a_file_without_people_is_a_directory_of_nobody(text: str):
    assert read_people("p.yaml", text).people == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("people: [", "this is no YAML"),
        ("people: []\npeople: []", "stands twice"),
        ("a: &a [*a]", "holds itself by an alias"),
        ("---\n{}\n---\n{}", "one YAML document"),
        ("people: !!python/name:os.system", "could not determine a constructor"),
        ("- ada", "the file must be a mapping"),
        ("people: [{id: 5}]", "put it in quotes"),
    ],
)
def test_what_is_no_people_file_is_a_fault(text: str, told: str):
    assert told in "\n".join(faults_of(lambda: read_people("p.yaml", text)))


def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path):
    (line,) = faults_of(lambda: load_people(tmp_path / "none.yaml"))
    assert "CS-P001" in line
    (tmp_path / "p.yaml").write_bytes(b"people: []\n# \xff")
    (line,) = faults_of(lambda: load_people(tmp_path / "p.yaml"), tmp_path)
    assert line == "p.yaml:2:1: this line is no UTF-8: save the file as UTF-8 [CS-P002]"


WORDS = st.sampled_from(
    ["people", "accounts", "id", "aws", "iam", "sso", "roles", "arn", "session", "owner", "break_glass", "slack"]
)
YAML = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=4), WORDS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=3)),
    max_leaves=15,
)


@given(st.one_of(st.text(max_size=40), YAML.map(repr), YAML.map(lambda value: f"people: [{value!r}]")))
def test_any_text_is_a_directory_or_faults(text: str):
    with suppress(FaultsFound):
        read_people("p.yaml", text)


def test_every_code_of_people_has_its_entry_in_the_reference():
    reference = (Path(__file__).parents[3] / "docs/reference/people.md").read_text()
    assert [code for code in PeopleCode if code not in reference] == []
