"""The collector rests as long as anybody has asked for it, and goes on whatever ends that."""

import gc
import weakref

import pytest

from streams.shell.collector import Collector


def test_it_goes_on_when_the_last_of_several_is_done():
    collector = Collector()
    first, second = collector.at_rest(), collector.at_rest()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert not gc.isenabled()
    second.__exit__(None, None, None)
    assert gc.isenabled()


def test_it_goes_on_after_a_fault():
    collector = Collector()
    with pytest.raises(ValueError, match="a fault"), collector.at_rest():
        raise ValueError("a fault")
    assert gc.isenabled()


def test_what_is_there_at_its_end_is_not_searched_again_and_freed_as_ever():
    class Node:
        pass

    gone: list[str] = []
    kept = Node()
    weakref.finalize(kept, gone.append, "freed")
    before = gc.get_freeze_count()
    with Collector().at_rest():
        some = [[number] for number in range(1_000)]
    assert gc.get_freeze_count() >= before + len(some)
    assert not any(one is kept for one in gc.get_objects())
    del kept
    assert gone == ["freed"]
    gc.unfreeze()
