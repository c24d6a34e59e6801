"""Providers: who signs tokens for anybody with an account there, and the claims that say whose token it is.

A role that trusts one of them is as open as the world, unless a condition names the owner. The providers are those
of the IAM User Guide ("Identity-provider controls for shared OIDC providers"), with the claim that AWS asks for
there, and those with which people sign in to apps ("Available keys for AWS OIDC federation").
"""

from typing import Any

_OF_ARN = ":oidc-provider/"

GITHUB = ("token.actions.githubusercontent.com", "vstoken.actions.githubusercontent.com")
"""Whose subject is made of pairs that each repository chooses for itself."""

_REPOSITORY = ("sub", "repository", "repository_id", "repository_owner", "repository_owner_id")

CLAIMS: dict[str, tuple[str, ...]] = {
    "accounts.google.com": ("sub",),
    "agent.buildkite.com": ("sub",),
    "api.pulumi.com/oidc": ("aud", "sub"),
    "app.terraform.io": ("sub",),
    "cognito-identity.amazonaws.com": ("aud", "sub"),
    "gitlab.com": ("sub",),
    "graph.facebook.com": ("id",),
    "oidc-configuration.audit-log.githubusercontent.com": ("sub",),
    "oidc.codefresh.io": ("sub",),
    "oidc.vercel.com": ("aud", "sub"),
    "proidc.upbound.io": ("sub",),
    "sandboxes.cloud": ("aud", "sub"),
    "scalr.io": ("sub",),
    "studio.datachain.ai/api": ("sub",),
    "token.actions.githubusercontent.com": _REPOSITORY,
    "tokens.cloud.shisho.dev": ("sub",),
    "vstoken.actions.githubusercontent.com": _REPOSITORY,
    "www.amazon.com": ("user_id",),
}
"""By the issuer without its scheme, as ARNs and condition keys name it: what names an owner.

An audience does so only where the provider gives each customer one of their own, as Cognito does with its identity
pools; one of Google's says which app was signed in to, and anybody may.
"""


def is_shared(principal: Any) -> bool:
    """Whether a federated principal, an ARN or a bare name, is one of these; the path behind it is part of it."""
    return isinstance(principal, str) and principal.lower().rpartition(_OF_ARN)[2].rstrip("/") in CLAIMS
