"""Files: what `countersign init` writes, filled with what it was told."""

import json
import shutil
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from string import Template

from agents.cli.starter.answers import Answers


def starter_files(folder: Path, answers: Answers) -> Iterator[tuple[Path, str]]:
    """Each file's path and text; `folder` is absolute."""
    yield folder / "countersign.toml", _filled("countersign.toml", feed=_feed(answers))
    yield folder / "people.yaml", _filled("people.yaml", person=_person(answers))
    yield folder / "rules" / "example.yaml", _filled("example.yaml")
    yield folder / "slack-manifest.yaml", _filled("slack-manifest.yaml")
    program = shutil.which("countersign") or str(Path(sys.executable).with_name("countersign"))
    unit = _filled("countersign.service", program=_unit_text(program), folder=_unit_text(str(folder)))
    yield folder / "countersign.service", unit


def _filled(name: str, **words: str) -> str:
    return Template(files(__package__).joinpath(name).read_text(encoding="utf-8")).substitute(words)


def _unit_text(text: str) -> str:
    """Escape %, which begins a specifier in a unit file."""
    return text.replace("%", "%%")


def _feed(answers: Answers) -> str:
    """The feed, commented out as long as nobody said where it is."""
    topics = answers.topics or ("arn:aws:sns:eu-west-1:444455556666:countersign",)
    url = answers.queue_url or "https://sqs.eu-west-1.amazonaws.com/111122223333/countersign"
    bound = ", ".join(f"{_quoted(arn)} = {_quoted(arn.split(':')[4])}" for arn in topics)
    lines = ["[[feeds]]", 'kind = "sqs"', f"queue_url = {_quoted(url)}"]
    lines.append(f"topics = {{ {bound} }}  # each topic speaks for one account only")
    return "".join(f"{'' if answers.has_feed else '# '}{line}\n" for line in lines)


def _person(answers: Answers) -> str:
    """The first person, commented out as long as nobody named one."""
    example = Answers(person="ada", name="Ada Lovelace", slack="U012ABCDEF", duo="ada", sso="ada@example.com")
    shown = answers if answers.person else example
    lines = [f"  - id: {_quoted(shown.person or '')}"]
    for key, value in (("name", shown.name), ("slack", shown.slack), ("duo", shown.duo)):
        if value:
            lines.append(f"    {key}: {_quoted(value)}")
    if shown.sso:
        lines.append(f"    aws: {{sso: [{_quoted(shown.sso)}]}}")
    return "".join(f"{'' if answers.person else '# '}{line}\n" for line in lines)


def _quoted(text: str) -> str:
    """A text as TOML, YAML and JSON alike quote it."""
    return json.dumps(text)
