"""Kinds: what the model's types say of a key beside its type: that it holds a secret, or a base URL."""

from msgspec import inspect

from streams.settings.secret import Secret


def is_secret(kind: inspect.Type) -> bool:
    """Whether a key holds a secret, and so may also be given as `<key>_file`."""
    options = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    return any(isinstance(option, inspect.CustomType) and option.cls is Secret for option in options)


def is_url(kind: inspect.Type) -> bool:
    """Whether a key holds a base URL."""
    return isinstance(kind, inspect.Metadata) and bool((kind.extra or {}).get("url"))
