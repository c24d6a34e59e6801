"""Every verb finds its configuration in the same way: named, by variable, here, or the environment alone."""

import json
from pathlib import Path

import pytest
from click import UsageError
from click.testing import CliRunner, Result

from agents.cli.backtest import backtest
from agents.cli.explain import explain
from agents.cli.log_view import open_log
from agents.cli.rules import rules
from agents.cli.run import run
from streams.settings.fault import FaultsFound
from tests.support.backtest import record

RULE = """\
id: elsewhere.rule
title: A rule
action: alert
match: {eventName: [CreateUser]}
because: it matters
tests:
  - {name: fires, event: {eventSource: iam.amazonaws.com, eventName: CreateUser}, expect: alert}
"""


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder that is empty, and a configuration with a rule of its own in another one."""
    folder = tmp_path / "elsewhere"
    (folder / "rules").mkdir(parents=True)
    (folder / "rules" / "own.yaml").write_text(RULE)
    (folder / "c.toml").write_text('[rules]\npaths = ["rules"]\n')
    (folder / "call.json").write_text(json.dumps(record()))
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    return folder


def said(verb: object, *arguments: str, **environ: str) -> Result:
    return CliRunner(env=environ).invoke(verb, arguments)  # type: ignore[arg-type]


def test_the_variable_names_the_configuration_of_rules_explain_and_backtest(elsewhere: Path):
    chosen = {"COUNTERSIGN_CONFIG": str(elsewhere / "c.toml")}
    assert "elsewhere.rule" in said(rules, "list", **chosen).stdout
    call = str(elsewhere / "call.json")
    for verb in (explain, backtest):
        assert "elsewhere.rule" in said(verb, call, "-o", "json", **chosen).stdout
        assert "elsewhere.rule" not in said(verb, call, "-o", "json").stdout


def test_the_environment_alone_is_a_configuration(elsewhere: Path):
    alone = {"COUNTERSIGN_RULES__PATHS__0": str(elsewhere / "rules")}
    assert "elsewhere.rule" in said(rules, "list", **alone).stdout
    for verb in (explain, backtest):
        assert "elsewhere.rule" in said(verb, str(elsewhere / "call.json"), "-o", "json", **alone).stdout


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("child", [[], ["--child"]])
def test_run_reads_what_the_environment_says(child: list[str], tmp_path: Path):
    (tmp_path / "broken.toml").write_text('[run]\nmode = "x"\n')
    named = said(run, *child, COUNTERSIGN_CONFIG=str(tmp_path / "broken.toml")).exception
    alone = said(run, *child, COUNTERSIGN_RUN__MODE="y").exception
    assert isinstance(named, FaultsFound)
    assert isinstance(alone, FaultsFound)
    assert "broken.toml:2:8" in str(named)
    assert str(alone).startswith("COUNTERSIGN_RUN__MODE: ")


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("verb", [run, rules])
def test_a_variable_that_names_nothing_is_no_configuration(verb: object):
    shown = said(verb, *(["list"] if verb is rules else []), COUNTERSIGN_CONFIG="")
    if verb is run:
        assert "countersign init" in str(shown.exception)
    else:
        assert shown.exit_code == 0


def test_brokers_that_nothing_says_how_to_reach_are_a_usage_error(tmp_path: Path):
    (tmp_path / "c.toml").write_text('[log]\nurl = "kafka://b1:9092"\n')
    with pytest.raises(UsageError, match=r"log\.security has to be said"):
        open_log(tmp_path / "c.toml", None)
