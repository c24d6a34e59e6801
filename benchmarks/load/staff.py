"""Staff: the made-up people and accounts of the load, and the people file that names them."""

from typing import Any

FIRST_ACCOUNT = 111111111111
ROLE = "AWSReservedSSO_AdministratorAccess_0123456789abcdef"
ISSUER = "AROAEXAMPLEEXAMPLE001"


class Staff:
    """People "p00" to "p49" and so many accounts; every second person signs in by Identity Center."""

    def __init__(self, people: int, accounts: int) -> None:
        self.people = [f"p{number:02d}" for number in range(people)]
        self.accounts = [str(FIRST_ACCOUNT + number) for number in range(accounts)]

    def caller(self, number: int, account: str) -> dict[str, Any]:
        """The userIdentity of a person in an account."""
        person = self.people[number]
        return _sso_session(person, account) if number % 2 else _iam_user(person, account)

    def people_yaml(self) -> str:
        """The people file that resolves every one of them, Slack user "U" and Duo user each."""
        entries = []
        for person in self.people:
            iam = ", ".join(f'"{account}": [{person}]' for account in self.accounts)
            entries.append(
                f"  - id: {person}\n    name: Person {person}\n    slack: {slack_user(person)}\n"
                f"    duo: {person}\n    aws: {{sso: [{person}@example.com], iam: {{{iam}}}}}\n"
            )
        owner = self.people[0]
        accounts = [
            f'  "{account}": {{name: account-{account[-2:]}, owner: {owner}}}\n' for account in self.accounts
        ]
        return "people:\n" + "".join(entries) + "accounts:\n" + "".join(accounts)


def slack_user(person: str) -> str:
    """The Slack user id of a person."""
    return f"U0{person.upper()}BENCH"


def address(identity: dict[str, Any]) -> str:
    """One address of the documentation range for each caller."""
    text = str(identity.get("userName") or identity.get("principalId") or "")
    return f"198.51.100.{sum(text.encode()) % 250 + 1}"


def workload(account: str, session: str) -> dict[str, Any]:
    """A program on an instance."""
    return _session(account, "ci-runner", "", session)


def _iam_user(person: str, account: str) -> dict[str, Any]:
    return {
        "type": "IAMUser",
        "principalId": f"AIDAEXAMPLE{person.upper()}",
        "arn": f"arn:aws:iam::{account}:user/{person}",
        "accountId": account,
        "accessKeyId": f"AKIAEXAMPLE{person.upper()}{account[-2:]}",
        "userName": person,
    }


def _sso_session(person: str, account: str) -> dict[str, Any]:
    return _session(account, ROLE, "aws-reserved/sso.amazonaws.com/eu-west-1/", f"{person}@example.com")


def _session(account: str, role: str, path: str, session: str) -> dict[str, Any]:
    return {
        "type": "AssumedRole",
        "principalId": f"{ISSUER}:{session}",
        "arn": f"arn:aws:sts::{account}:assumed-role/{role}/{session}",
        "accountId": account,
        "accessKeyId": f"ASIAEXAMPLE{sum(session.encode()) % 1000:03d}{account[-4:]}",
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": ISSUER,
                "arn": f"arn:aws:iam::{account}:role/{path}{role}",
                "accountId": account,
                "userName": role,
            },
            "attributes": {"creationDate": "2026-01-05T08:00:00Z", "mfaAuthenticated": "false"},
        },
    }
