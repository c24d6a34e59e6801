"""Topics: compares the cluster's topics with the plan, and mends what can be mended without loss."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress

from aiokafka.admin import NewTopic
from aiokafka.errors import InvalidReplicationFactorError, KafkaError, TopicAlreadyExistsError

from streams.counted import counted
from streams.kafka.access import KafkaAccess
from streams.kafka.admin import KafkaAdmin, TopicState
from streams.kafka.side_loop import SideLoop, words_of
from streams.kafka.topic_settings import MIN_INSYNC, Need, made_with, needs
from streams.log.deviation import Deviation, Mend
from streams.log.faults import LogUnusable
from streams.settings.model import LogSettings
from streams.shell.failpoints import step
from streams.topics import TopicPlan, plan

ANSWER_S = 30.0
ALL_S = 60.0
"""How long everything together may take."""

SETTLE_S = 10.0
AGAIN_S = 0.1


def compare(log: LogSettings) -> list[Deviation]:
    """Every deviation, in the order of the plan; nothing is changed.

    Raises:
        LogUnusable: the cluster does not answer, or refuses.
    """
    return _on_cluster(log, _compare, "looking at the topics")


def mend(log: LogSettings) -> list[Deviation]:
    """Make what is missing and change what can be changed; gives back what is left, as `compare`.

    Raises:
        LogUnusable: as `compare`, or a change was refused by the cluster; it names the topic.
    """
    return _on_cluster(log, _mend, "making topics")


Work = Callable[[KafkaAdmin, LogSettings], Awaitable[list[Deviation]]]


def _on_cluster(log: LogSettings, work: Work, what: str) -> list[Deviation]:
    access = KafkaAccess(log)
    side = SideLoop(access.url, ALL_S)

    async def connected() -> list[Deviation]:
        async with KafkaAdmin(access, timeout_s=ANSWER_S) as admin:
            return await step("topics.work", work(admin, log))

    try:
        return side.run(what, connected)
    finally:
        side.close()


async def _compare(admin: KafkaAdmin, log: LogSettings) -> list[Deviation]:
    plans = plan(log.partitions)
    states = await step("topics.states", admin.states([each.name for each in plans]))
    return [deviation for each in plans for deviation in _of_topic(each, states.get(each.name), log)]


async def _mend(admin: KafkaAdmin, log: LogSettings) -> list[Deviation]:
    """Until nothing but refusals is left: brokers hear of a change late, and may have told us what was before."""
    end = asyncio.get_running_loop().time() + SETTLE_S
    while True:
        for each in plan(log.partitions):
            await step("topics.mend", _mend_one(admin, each, log))
        left = await step("topics.compare", _compare(admin, log))
        if all(each.mend is Mend.REFUSED for each in left) or asyncio.get_running_loop().time() > end:
            return left
        await asyncio.sleep(AGAIN_S)


async def _mend_one(admin: KafkaAdmin, wanted: TopicPlan, log: LogSettings) -> None:
    state = (await step("topics.state", admin.states([wanted.name]))).get(wanted.name)
    try:
        if state is None:
            await step("topics.create", _create(admin, wanted, log))
        else:
            await step("topics.change", _change(admin, wanted, state, log))
    except KafkaError as error:
        words = f"{words_of(error)}{_hint(error)}"
        raise LogUnusable(f"topic {wanted.name}: the cluster refuses: {words}") from error


async def _create(admin: KafkaAdmin, wanted: TopicPlan, log: LogSettings) -> None:
    settings = made_with(wanted, log)
    with suppress(TopicAlreadyExistsError):  # two of us at once: both wanted the same
        topic = NewTopic(wanted.name, wanted.partitions, log.replication, topic_configs=settings)
        await step("topics.new", admin.create(topic))


async def _change(admin: KafkaAdmin, wanted: TopicPlan, state: TopicState, log: LogSettings) -> None:
    """Its own settings are replaced as a whole, so those that are not ours go along."""
    unmet = [need for need in _unmet(wanted, state, log) if _writable(need, state) and not _loses(need, state)]
    if unmet:
        own = {name: state.settings[name] for name in state.own}
        await step("topics.alter", admin.alter(wanted.name, own | {need.name: need.value for need in unmet}))


def _unmet(wanted: TopicPlan, state: TopicState, log: LogSettings) -> list[Need]:
    return [need for need in needs(wanted, log) if not need.met(state.settings.get(need.name, ""))]


def _writable(need: Need, state: TopicState) -> bool:
    """Whether the topic could still be written: more in-sync replicas than it has replicas it can never have."""
    return need.name != MIN_INSYNC or int(need.value) <= state.replicas


def _loses(need: Need, state: TopicState) -> bool:
    """Whether messages would go that are kept now: of a topic that may be somebody else's under the same name."""
    found = state.settings.get(need.name, "")
    if need.name == "retention.ms":
        return need.value != "-1" and (found == "-1" or (found.isdigit() and int(found) > int(need.value)))
    return need.name == "cleanup.policy" and need.value == "delete" and found == "compact"


def _of_topic(wanted: TopicPlan, state: TopicState | None, log: LogSettings) -> Iterator[Deviation]:
    name = wanted.name
    if state is None:
        yield Deviation(name, "topic", "missing", counted(wanted.partitions, "partition"), Mend.CREATE)
        return
    if state.partitions != wanted.partitions:
        remedy = (
            f"set log.partitions = {state.partitions} if all topics have as many; a change of the count would part"
            " keys from their state, so it is never made: for another one start with new topics"
        )
        yield Deviation(name, "partitions", str(state.partitions), str(wanted.partitions), Mend.REFUSED, remedy)
    if state.replicas < log.replication:
        remedy = (
            f"add replicas with `kafka-reassign-partitions.sh`, or set log.replication = {state.replicas}"
            " if so many copies are enough"
        )
        yield Deviation(name, "replication", str(state.replicas), str(log.replication), Mend.REFUSED, remedy)
    in_sync = int(state.settings.get(MIN_INSYNC) or 1)
    if in_sync > state.replicas:
        least = str(min(log.min_insync, state.replicas))
        few = counted(state.replicas, "replica")
        remedy = f"with {few} nothing is written: set {MIN_INSYNC} = {least}, or add replicas"
        yield Deviation(name, MIN_INSYNC, str(in_sync), least, Mend.REFUSED, remedy)
        return
    for need in _unmet(wanted, state, log):
        if not _writable(need, state):
            remedy = "add replicas first: with so few nothing could be written any more"
            yield Deviation(name, need.name, state.settings[need.name], need.value, Mend.REFUSED, remedy)
            continue
        found = state.settings.get(need.name, "unset")
        if _loses(need, state):
            remedy = (
                "what is kept now would be deleted: if the topic is Countersign's and that is meant, set it by"
                f" hand (`kafka-configs.sh --alter --topic {name} --add-config {need.name}={need.value}`)"
            )
            yield Deviation(name, need.name, found, need.value, Mend.REFUSED, remedy)
            continue
        least = " or more" if need.at_least else ""
        yield Deviation(name, need.name, found, f"{need.value}{least}", Mend.CHANGE)


def _hint(error: KafkaError) -> str:
    if isinstance(error, InvalidReplicationFactorError):
        return "; log.replication is more than there are brokers"
    return ""
