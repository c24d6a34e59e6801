"""A secret is never shown: not by printing, not as JSON, not in a traceback, not in a fault."""

import copy
import json
import pickle
import traceback
from pathlib import Path

import msgspec
import pytest

from streams.settings.load import load
from streams.settings.model import Settings, SlackSettings
from streams.settings.secret import STARS, Secret
from tests.support.faults import faults_of

TEXT = "xoxb-do-not-show-me"


def test_every_way_to_print_a_secret_prints_stars():
    secret = Secret(TEXT)
    shown = [
        str(secret),
        repr(secret),
        f"{secret}",
        f"{secret!s:>20}".strip(),
        json.dumps(secret, default=str),
    ]
    assert all(text.strip('"') == STARS for text in shown)
    assert secret.reveal() == TEXT


def test_settings_print_and_encode_without_their_secrets():
    settings = Settings(slack=SlackSettings(bot_token=Secret(TEXT)))
    assert TEXT not in repr(settings)
    assert TEXT not in str(msgspec.to_builtins(settings, enc_hook=str))
    assert TEXT.encode() not in msgspec.json.encode(settings, enc_hook=str)


def test_a_secret_cannot_leave_by_pickle():
    with pytest.raises(TypeError) as caught:
        pickle.dumps(Secret(TEXT))
    assert TEXT not in str(caught.value)
    with pytest.raises(TypeError):
        copy.deepcopy(Secret(TEXT))


def test_a_traceback_with_its_locals_shows_stars():
    def fails(settings: Settings) -> None:
        token = settings.slack.bot_token
        raise ValueError(f"cannot use {token}")

    try:
        fails(Settings(slack=SlackSettings(bot_token=Secret(TEXT))))
    except ValueError as error:
        told = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert STARS in told
    assert f"= {TEXT}" not in told


def test_equal_secrets_are_equal_and_nothing_else_is():
    assert Secret(TEXT) == Secret(TEXT)
    assert Secret(TEXT) != Secret("other")
    assert Secret(TEXT) != TEXT
    assert len({Secret(TEXT), Secret(TEXT)}) == 1


@pytest.mark.parametrize(
    "line",
    [
        f'bot_token = "{TEXT} {TEXT}"',
        f'bot_tokn = "{TEXT}"',
        f'bot_token = ["{TEXT}"]',
        f'bot_token = {{ a = "{TEXT}" }}',
        f'signing_secret = """{TEXT}\n"""',
        f'api_url = "http://{TEXT}@slack.example.com"',
        f'bot_token = "{TEXT}',
    ],
)
def test_a_fault_never_repeats_a_secret(tmp_path: Path, line: str):
    file = tmp_path / "c.toml"
    file.write_text(f"[slack]\n{line}\n")
    assert all(TEXT not in told for told in faults_of(lambda: load(file, {})))
    environ = {"COUNTERSIGN_SLACK__BOT_TOKEN": f"{TEXT} {TEXT}", "COUNTERSIGN_SLACK__BOT_TOKN": TEXT}
    assert all(TEXT not in told for told in faults_of(lambda: load(None, environ)))


def test_swapped_token_files_are_told_at_the_keys_that_name_them(tmp_path: Path):
    (tmp_path / "bot").write_text("xapp-1-hidden\n")
    (tmp_path / "app").write_text("xoxb-1-hidden\n")
    file = tmp_path / "c.toml"
    file.write_text('[slack]\nbot_token_file = "bot"\napp_token_file = "app"\n')
    told = faults_of(lambda: load(file, {}), tmp_path)
    bots = "xoxb- or xoxe.xoxb-"
    holds, belongs = "the file that is named here holds the token of", "which belongs to slack"
    assert told == [
        f"c.toml:2:18: slack.bot_token begins with {bots}: {holds} an app, {belongs}.app_token [CS-C024]",
        f"c.toml:3:18: slack.app_token begins with xapp-: {holds} a bot, {belongs}.bot_token [CS-C024]",
    ]
    environ = {"COUNTERSIGN_SLACK__BOT_TOKEN_FILE": str(tmp_path / "bot")}
    assert faults_of(lambda: load(None, environ), tmp_path)[0].startswith("COUNTERSIGN_SLACK__BOT_TOKEN_FILE: ")
