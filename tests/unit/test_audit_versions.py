"""The audit across a change of rules: no call is blamed for rules that came later, or were gone by then."""

import msgspec

from agents.audit.judging import terms_of
from agents.audit.past_versions import EARLIER_MS, LATER_MS, PastVersions
from agents.versions.publishing import publication, publish
from tests.unit.test_version_members import SETTINGS, MemoryLog, judging, made

CHANGED_MS = 10 * LATER_MS
RECORD = msgspec.json.encode(made("Two"))


class Held(MemoryLog):
    """A log that is open already."""

    def __enter__(self):
        return self

    def __exit__(self, *ended):
        pass


async def terms(*published):
    log, own = Held(), judging("One", "Two").policy
    for one in published:
        await log.append(publish(one))
    return terms_of(own, "kafka://b1:9092", PastVersions(SETTINGS, own, lambda: log).at)


async def test_a_call_has_to_have_an_end_where_every_version_that_may_have_judged_it_fires():
    changing = await terms(publication(judging("One"), 0), publication(judging("One", "Two"), CHANGED_MS))
    assert not changing.wanted(RECORD, CHANGED_MS - 2 * LATER_MS)
    assert not changing.wanted(RECORD, CHANGED_MS)
    assert changing.wanted(RECORD, CHANGED_MS + EARLIER_MS + 1)


async def test_without_publications_the_files_say_it():
    assert (await terms()).wanted(RECORD, 0)


async def test_a_version_that_cannot_be_built_here_blames_nobody():
    foreign = msgspec.structs.replace(publication(judging("Two"), 0), version="another")
    assert not (await terms(foreign)).wanted(RECORD, CHANGED_MS)
