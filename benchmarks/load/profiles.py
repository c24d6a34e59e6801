"""Profiles: the mixes of two kinds of company, and the share of hits that a scenario wants of them."""

from dataclasses import replace

from benchmarks.load.records import Mix

PEOPLE = Mix()
"""People and their keys make most calls: one public hour, 2,900 records in 57 files."""

SERVICES = Mix(services=0.90, errors=0.33, copies=0.21, bursts=0.1)
"""AWS services make nine calls in ten, and a misconfigured one makes a third of them fail: another public set."""

PROFILES = {"people": PEOPLE, "services": SERVICES}


def triage_mix(profile: Mix, hits: float = 0.05) -> Mix:
    """The same company where so many of the calls are asked about and none pages."""
    return replace(profile, notify=hits, alert=0.0)
