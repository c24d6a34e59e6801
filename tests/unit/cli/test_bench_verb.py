"""The verb bench: it finds the harness of a checkout, and says clearly where there is none."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from agents.cli import bench


def run(*arguments: str):
    return CliRunner().invoke(bench.bench, arguments)


def test_it_lists_what_it_can_measure():
    done = run("list")
    assert done.exit_code == 0
    assert "triage" in done.output


def test_a_mistyped_scenario_is_a_wrong_usage():
    for name, said in (("triaje", 'did you mean "triage"?'), ("xyz", "known are")):
        done = run("run", name)
        assert done.exit_code == 2
        assert said in done.output


def test_outside_a_checkout_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(bench, "ROOT", tmp_path)
    for arguments in (("list",), ("run", "triage"), ("report",)):
        done = run(*arguments)
        assert done.exit_code == 2
        assert "runs from a checkout" in done.output


def test_without_the_development_requirements_it_says_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bench, "find_spec", lambda _name: None)
    done = run("list")
    assert done.exit_code == 2
    assert "make bench" in done.output
