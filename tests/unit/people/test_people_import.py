"""Import: what Slack's members and Identity Center's users would add, and who of the file has left."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.people.entries import yaml_of
from agents.people.identity_center import read_users
from agents.people.loader import read_people
from agents.people.proposal import Account, propose
from agents.people.slack_members import members_accounts
from tests.support.faults import faults_of

GOLDEN = Path(__file__).parent / "golden"
NO_LIST = 'this is no output of "aws identitystore list-users": it has no list "Users"'
KNOWN = read_people(
    "p.yaml",
    """
people:
  - {id: ada, slack: U1ADA, duo: ada, aws: {sso: [ada@example.com]}}
  - {id: grace@example.com, duo: grace}
  - {id: linus, slack: U3LINUS}
""",
)


def slack(number: str, email: str = "", *, active: bool = True, handle: str = "new", name: str = "New") -> Account:
    return Account(handle, name, email, {"slack": (number,)}, active)


def test_a_known_account_is_left_alone():
    proposal = propose(KNOWN, [slack("U1ADA", "ada@example.com")])
    assert (proposal.known, proposal.entries, proposal.additions, proposal.left) == (1, [], [], [])


def test_a_whole_address_that_is_one_person_s_name_is_proposed_for_them():
    (addition,) = propose(KNOWN, [slack("U2GRACE", "Grace@Example.com")]).additions
    assert (addition.person, addition.key, addition.values) == ("grace@example.com", "slack", ("U2GRACE",))


def test_an_address_is_nobody_s_slack_where_they_have_another():
    proposal = propose(KNOWN, [slack("U9NEW", "ada@example.com")])
    assert (proposal.additions, proposal.entries) == ([], [])


def test_somebody_new_is_an_entry_that_the_loader_takes():
    found = propose(KNOWN, [slack("U7NEW", "mary@example.com", handle="mary", name='Mary "M" 😀: x')])
    text = yaml_of(found.entries)
    (mary,) = read_people("p.yaml", text).people.values()
    assert (mary.id, mary.name, mary.slack) == ("mary", 'Mary "M" 😀: x', "U7NEW")


def test_an_id_that_is_taken_gives_way_to_the_address():
    (entry,) = propose(KNOWN, [slack("U7NEW", "ada@other.example", handle="ada")]).entries
    assert entry.id == "ada@other.example"


def test_who_is_switched_off_is_told_and_never_added():
    proposal = propose(KNOWN, [slack("U3LINUS", active=False), slack("U8NEW", active=False)])
    assert (proposal.left, proposal.entries) == (["linus"], [])


def test_a_look_alike_is_left_out_with_its_letter():
    proposal = propose(KNOWN, [Account("x", "X", "", {"sso": ("gr\u0430ce", "id-1")})])
    assert proposal.entries == []
    assert "CYRILLIC SMALL LETTER A" in proposal.refused[0]
    (entry,) = propose(KNOWN, [slack("U7NEW", name="M\u0430ry")]).entries
    assert entry.name is None


def test_bots_guests_and_slack_s_own_are_nobody():
    members = [
        {"id": "U1ADA", "name": "ada", "profile": {"real_name": "Ada", "email": "ada@example.com"}},
        {"id": "U2BOT", "name": "bot", "is_bot": True},
        {"id": "U3GUEST", "name": "guest", "is_restricted": True},
        {"id": "USLACKBOT", "name": "slackbot", "is_bot": False},
        {"id": "U4GONE", "name": "gone", "deleted": True, "profile": None},
        {"name": "nobody"},
    ]
    found = members_accounts(members)
    assert [(one.handle, one.name, one.email, one.active) for one in found] == [
        ("ada", "Ada", "ada@example.com", True),
        ("gone", "gone", "", False),
    ]


def test_identity_center_s_users_become_accounts(tmp_path: Path):
    (tmp_path / "users.json").write_text(
        '{"Users": [{"UserName": "ada", "UserId": "906-1", "DisplayName": "Ada", "Emails": ['
        '{"Value": "old@example.com"}, {"Value": "ada@example.com", "Primary": true}]},'
        '{"UserName": "gone@example.com", "UserId": "906-2", "UserStatus": "DISABLED"}]}'
    )
    ada, gone = read_users(tmp_path / "users.json")
    assert ada == Account("ada", "Ada", "ada@example.com", {"sso": ("ada", "906-1")})
    assert (gone.email, gone.active) == ("gone@example.com", False)


def test_all_faults_of_a_list_of_users_are_told_in_one_run():
    told = faults_of(lambda: read_users(GOLDEN / "users.json"), GOLDEN)
    assert told == (GOLDEN / "users.faults").read_text().splitlines()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"Users": [', "users.json:1:12: this is no JSON: Expecting value [CS-P015]"),
        ("[" * 100_000, "users.json:1:1: this is no JSON: it is nested too deep [CS-P015]"),
        ("[]", f"users.json:1:1: {NO_LIST} [CS-P015]"),
        ('{"User": []}', f'users.json:1:1: {NO_LIST}, but "User" [CS-P015]'),
    ],
)
def test_what_is_no_list_of_users_is_a_fault(tmp_path: Path, text: str, told: str):
    (tmp_path / "users.json").write_text(text)
    assert faults_of(lambda: read_users(tmp_path / "users.json"), tmp_path) == [told]


ACCOUNTS = st.builds(
    Account,
    handle=st.text(max_size=8),
    name=st.text(max_size=8),
    email=st.text(max_size=8),
    claims=st.builds(lambda number: {"slack": (f"U{number:03d}",)}, st.integers(0, 99)),
    active=st.booleans(),
)


@given(st.lists(ACCOUNTS, max_size=6, unique_by=lambda one: one.claims["slack"]))
def test_whatever_the_accounts_are_called_the_loader_takes_what_is_printed(accounts: list[Account]):
    proposal = propose(KNOWN, accounts)
    added = read_people("p.yaml", yaml_of(proposal.entries)).people
    assert len(added) == len(proposal.entries)
    assert not set(added) & set(KNOWN.people)
