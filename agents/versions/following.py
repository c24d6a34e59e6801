"""Following: a gateway on Kafka shows rules and accounts as the newest version has them."""

import asyncio

import structlog

from agents.versions.in_force import InForce
from agents.versions.member import Member
from streams.log.faults import LogUnusable

log = structlog.get_logger(__name__)
LOOK_EVERY_S = 5.0


async def follow(member: Member, in_force: InForce) -> None:
    """Look every 5 s until cancelled. It decides nothing, so it waits for nobody."""
    while True:
        try:
            await member.look()
        except LogUnusable as fault:
            log.warning("rules_not_read", fault=str(fault))
        newest = member.known.newest
        if newest is not None and newest.version in member.shelf:
            judging = member.shelf[newest.version]
            if judging.policy.version != in_force.policy().version:
                in_force.take(judging)
        await asyncio.sleep(LOOK_EVERY_S)
