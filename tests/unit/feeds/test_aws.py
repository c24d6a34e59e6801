"""The region of a queue is in its host name, or the feed names it."""

import pytest

from agents.cli.errors import guarded
from agents.cli.exit_code import ExitCode
from streams.feeds.aws import RegionUnknownError, region_of, sqs_client


@pytest.mark.parametrize(
    ("url", "region"),
    [
        ("https://sqs.eu-west-1.amazonaws.com/111122223333/calls", "eu-west-1"),
        ("https://sqs.us-gov-east-1.amazonaws.com/111122223333/calls", "us-gov-east-1"),
        ("https://vpce-1.sqs.ap-southeast-2.vpce.amazonaws.com/111122223333/calls", "ap-southeast-2"),
        ("http://127.0.0.1:5000/111122223333/calls", None),
    ],
)
def test_region_of_a_queue(url, region):
    assert region_of(url) == region


@pytest.mark.parametrize("region", [None, "eu west 1"])
def test_a_queue_whose_region_nobody_knows_is_said_so_in_one_line(monkeypatch, tmp_path, region):
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(RegionUnknownError, match="set the feed's `region`"):
        sqs_client("http://127.0.0.1:5000/111122223333/calls", region)


def test_the_command_line_says_it_too_and_calls_it_a_fault_of_the_configuration(capsys):
    def work():
        raise RegionUnknownError("http://127.0.0.1:5000/111122223333/calls")

    assert guarded(work, "run", 0) == ExitCode.CONFIG
    said = capsys.readouterr().err
    assert said.startswith("countersign run: no AWS region is known for http://127.0.0.1:5000/")
    assert said.count("\n") == 1
