"""The files of one machine: what a change of them does, and what no file can do."""

import pytest

from agents.versions import machine
from agents.versions.in_force import InForce, LiveFilter
from agents.versions.machine import MachineRules, stamps_of
from streams.settings.fault import FaultsFound
from streams.settings.model import PeopleSettings, RulesSettings, Settings
from tests.unit.test_version_members import RULE, MemoryLog, made


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "one.yaml").write_text(RULE.format(id="one", name="One"))
    return tmp_path


@pytest.fixture
def settings(folder):
    return Settings(rules=RulesSettings(paths=(folder,)), people=PeopleSettings(path=None))


class World:
    """The rules of a machine around a log in memory."""

    def __init__(self, settings):
        self.log, self.incidents = MemoryLog(), []
        self.in_force = InForce(machine.loaded(settings))
        self.wanted = LiveFilter([self.in_force.policy()])
        self.rules = MachineRules(settings, self.log, self.report, lambda: 0)

    async def report(self, _partition, _key, incident):
        self.incidents.append(incident)

    async def take(self):
        await self.rules._take(self.in_force, self.wanted)


async def test_a_start_publishes_what_the_files_say_once(settings):
    world = World(settings)
    await world.rules.begin(world.in_force, world.log)
    await World(settings).rules.begin(world.in_force, world.log)
    assert len(world.log.records) == 1


async def test_a_change_is_published_and_then_filtered_and_judged_by(settings, folder):
    world = World(settings)
    await world.rules.begin(world.in_force, world.log)
    (folder / "two.yaml").write_text(RULE.format(id="two", name="Two"))
    await world.take()
    assert len(world.log.records) == 2
    assert world.wanted.may_match(made("Two"))
    assert world.wanted.rules_version == world.in_force.policy().version
    (folder / "two.yaml").write_text("# a comment\n" + RULE.format(id="two", name="Two"))
    await world.take()
    assert len(world.log.records) == 2


@pytest.mark.parametrize("fault", [RecursionError("too deep"), PermissionError(13, "Permission denied", "rules")])
async def test_whatever_the_files_make_us_raise_leaves_the_version_before_in_force(settings, monkeypatch, fault):
    world = World(settings)
    before = world.in_force.judging

    def raising(_settings):
        raise fault

    monkeypatch.setattr(machine, "load_policy", raising)
    await world.take()
    assert world.in_force.judging is before
    assert [(one.kind, one.urgency) for one in world.incidents] == [("rules_refused", "low")]
    with pytest.raises(FaultsFound, match=str(fault.args[-1])):
        machine.loaded(settings)


def test_the_stamps_tell_a_change_and_a_folder_that_is_gone(settings, folder):
    before = stamps_of(settings)
    assert stamps_of(settings) == before
    (folder / "one.yaml").write_text(RULE.format(id="one", name="Other"))
    assert stamps_of(settings) != before
    (folder / "one.yaml").unlink()
    assert stamps_of(settings) == []
