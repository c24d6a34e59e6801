"""Directory: the people whom calls may belong to, and the accounts; pure lookups, exact and case-sensitive."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from agents.decisions.asking import AskPolicy


class PinnedRole(Struct, frozen=True):
    """A role whose trust policy forces this session name on this person; the operator vouches for that."""

    arn: str
    session: str


class Person(Struct, frozen=True):
    """One person. `slack` is a Slack user id, `duo` a Duo user name; without either, calls page instead.

    `sso` holds Identity Center user names or user ids, `iam` the IAM user names by account number.
    """

    id: str
    name: str
    slack: str | None = None
    duo: str | None = None
    groups: tuple[str, ...] = ()
    sso: tuple[str, ...] = ()
    source_identity: tuple[str, ...] = ()
    iam: Mapping[str, tuple[str, ...]] = {}
    roles: tuple[PinnedRole, ...] = ()


class Account(Struct, frozen=True):
    """One AWS account; `owner` and `break_glass` are ids of people, `ask` says whom to ask by confidence."""

    number: str
    name: str
    owner: str | None = None
    break_glass: tuple[str, ...] = ()
    ask: AskPolicy = {}


class Directory:
    """Every person and account of one people file, indexed by what a record may say of them.

    Invariant: nothing is guessed; a name that differs in one letter, or in its case, is another name.
    """

    def __init__(self, people: Iterable[Person] = (), accounts: Iterable[Account] = ()) -> None:
        self.people = {person.id: person for person in people}
        self.accounts = {account.number: account for account in accounts}
        everyone = self.people.values()
        self._sso = {name: person for person in everyone for name in person.sso}
        self._source_identity = {name: person for person in everyone for name in person.source_identity}
        self._iam = {
            (account, name): person
            for person in everyone
            for account, names in person.iam.items()
            for name in names
        }
        self._roles = {(role.arn, role.session): person for person in everyone for role in person.roles}

    def person(self, person_id: str) -> Person | None:
        """The person of a directory id."""
        return self.people.get(person_id)

    def by_sso(self, name: str) -> Person | None:
        """The person of an Identity Center user name or user id."""
        return self._sso.get(name)

    def by_source_identity(self, name: str) -> Person | None:
        """The person of a source identity."""
        return self._source_identity.get(name)

    def by_iam_user(self, account: str, name: str) -> Person | None:
        """The person of an IAM user, whose name is unique in its account only."""
        return self._iam.get((account, name))

    def by_pinned_session(self, role_arn: str, session: str) -> Person | None:
        """The person whom the role's trust policy forces to use this session name."""
        return self._roles.get((role_arn, session))

    def account_name(self, number: str) -> str:
        """The account's name, or its number where the directory has none."""
        account = self.accounts.get(number)
        return account.name if account is not None else number

    def owner(self, number: str) -> Person | None:
        """Who owns an account."""
        account = self.accounts.get(number)
        return self.people.get(account.owner) if account is not None and account.owner is not None else None

    def ask_policy(self, number: str | None) -> AskPolicy:
        """Whom the account says to ask, by confidence; empty where it says nothing."""
        account = self.accounts.get(number) if number is not None else None
        return account.ask if account is not None else {}

    def break_glass(self, number: str) -> list[Person]:
        """Who may use an account's root."""
        account = self.accounts.get(number)
        ids = account.break_glass if account is not None else ()
        return [self.people[person_id] for person_id in ids if person_id in self.people]
