r"""Duo name: which names Duo takes for one user, so that no phone answers for two people.

Duo keeps user names in small letters. An application whose username normalization is "Simple" (Duo's Admin Panel)
also leaves the domain out: ada, EXAMPLE\ada and ada@example.com are one user to it. We cannot ask which it is.
"""


def one_case(name: str) -> str:
    """The name as Duo compares it in any application."""
    return name.casefold()


def without_domain(name: str) -> str:
    """The name as Duo compares it where an application leaves domains out."""
    return one_case(name).rpartition("\\")[2].partition("@")[0]
