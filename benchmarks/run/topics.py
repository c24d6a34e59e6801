"""Topics: those that only a benchmark has, beside the product's own."""

from collections.abc import Sequence

from aiokafka.admin import AIOKafkaAdminClient, NewTopic


async def make_topics(hosts: Sequence[str], names: Sequence[str], partitions: int) -> None:
    """Make them; they must not be there yet."""
    admin = AIOKafkaAdminClient(bootstrap_servers=list(hosts))
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, partitions, 1) for name in names])
    finally:
        await admin.close()
