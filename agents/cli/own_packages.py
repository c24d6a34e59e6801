"""Own packages: `streams`, `tables` and `agents` are Countersign's; others use these names too."""

from importlib.util import find_spec
from pathlib import Path

_OURS = {"streams": "topics.py", "tables": "cases.py", "agents": "app.py"}
"""Each of our packages, and a file that only ours has."""


def foreign_package() -> str | None:
    """What is wrong with the packages, and the remedy, in one line; None when all of them are ours."""
    root = Path(__file__).parent.parent.parent
    for name, file in _OURS.items():
        spec = find_spec(name)
        found = Path(spec.origin).parent if spec is not None and spec.origin is not None else None
        if found != root / name or not (found / file).is_file():
            remedy = f"{_remover(name)}, or install Countersign into an environment of its own"
            return f'the package "{name}" in {found or "this environment"} is not Countersign\'s: {remedy}'
    return None


def _remover(name: str) -> str:
    from importlib.metadata import packages_distributions

    others = [dist for dist in packages_distributions().get(name, []) if dist.lower() != "countersign"]
    return f"pip uninstall {' '.join(sorted(set(others)))}" if others else "remove it from PYTHONPATH"
