"""The entry of a case: what is read is what was written, whichever version wrote it, and nothing else is taken."""

from base64 import b85decode
from hashlib import sha256

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from benchmarks.open_cases import open_cases
from streams.records.case import Case, CaseState
from streams.records.case_entry import case_in, entry_of, head_in, opened
from streams.records.case_head import CaseHead, head_of
from streams.records.case_sample import SAMPLE
from streams.records.codec import from_entry, to_entry
from tests.support.cases import Partition, call
from tests.support.examples import examples
from tests.support.story import Story, states, stories

WRITTEN = (
    "lLFiT61sL`ada~^XEkUyYI$pBVrqA5a5gt_Y;Iz2r*~m#bZKs90?z=YKm^`-&rz%~F)=YRGBPqVGcz-hqhVxWk<I`Fli<WaU+n8<"
    "|HyAR*;06HZE0+I!rQ_*-A<9TXDQb@C;M0FYlgCO|1|vJooj$j|5`s+N3EplqAwjuz#dZFw})Fx&j0`ci_hmgz|Q~x0gKP{_+XRI"
    "0004t&*wbA&j0`ci_hmgz{0?gz`(%3ki`LNSSZ839701X$?-Jmh$`cmh$`bj?LSB{4`N{}={EseD49hH`Q>>Eu$B}o@=%(R2#>9T"
    "dJJeFQdN+G5QWtSASMWd>jY%8s8m0IyacWy7CQoc39coUh8j4!ID#q)kmN|ID^MZ|k~b%=2bJ&1z|x^4RTmVgsP#zq`KKA!>JhLw"
    "q#l{niBgX!5b8dF3uts(iLY{2IfHeD;!1y*6%oYHHHMZJdZvbYh6V<D=IAvD*gI(cAk@tnwEjS;3DF%0sTlWQxXg-xbFkTtQJFGf"
    "uS{<`P}<8wt&PDQNc7qm+|k5Z8-tZ&)W+TCUkWy0sg0MqfJz2nvA)sJ99-T2fgTV8eT-2<gH5Ja4LuoN$Ka_F(CTh*dcae6BNfre"
    ")i)EQ`ewpWL}07VLB%L3)dX^#Nx(lyEdg+VqqPJWaeD{W7yvnrYH1M~L?n0ssi}eR0BTc%3AZPRNtuvV0|20sR1*"
)
"""An entry of version 2 as the first release that had it wrote it: a question of two calls that waits."""


def a_case(calls=2):
    partition = Partition()
    partition.send(*[call(number) for number in range(calls)])
    return partition.only()


def version_1(case):
    """The entry as releases before version 2 wrote it: the whole case, in the clear."""
    return msgspec.msgpack.encode(case)


@settings(max_examples=examples(50))
@given(stories)
def test_what_is_read_is_what_was_written_by_this_release_and_by_the_one_before(story):
    tight, steps = story
    for case in states(Story(tight=tight).play(steps).worker.cases.writes):
        for entry in (to_entry(case), version_1(case)):
            assert from_entry(Case, entry) == case
            assert from_entry(CaseHead, entry) == head_of(case)


@given(st.text(), st.text(), st.binary(max_size=2_000))
def test_any_text_comes_back_as_it_was(claim, target, noise):
    case = a_case()
    summary = replace(case.calls[0], target=target)
    odd = replace(case, group_key=claim, account=claim, calls=[summary], fingerprints=noise, digest=target)
    assert case_in(entry_of(odd)) == odd
    assert head_in(entry_of(odd)) == head_of(odd)


def test_the_largest_case_comes_back_too():
    case = a_case(1_000)
    assert len(case.fingerprints) == 32_000
    assert case_in(entry_of(case)) == case
    assert len(entry_of(case)) < 64_000


def test_entries_that_lie_on_logs_already_can_be_read():
    entry = b85decode(WRITTEN)
    case = case_in(entry)
    assert (case.case_id, case.state, len(case.fingerprints)) == (
        "vbqt35g5h7jykfbjwkp67qlnbo",
        CaseState.WAITING,
        64,
    )
    assert head_in(entry) == head_of(case)
    # Another sample, and none of those entries can be read any more: that takes a version 3 beside version 2.
    assert sha256(SAMPLE).hexdigest() == "915861b22aa19db7cb15df8bcb9b9813f229b1088d77f5c8edab7fbadbe2f6da"


def test_what_is_no_entry_is_refused_whatever_is_wrong_with_it():
    version, head, squeezed = msgspec.msgpack.decode(entry_of(a_case()))
    other = msgspec.msgpack.decode(entry_of(a_case(3)))[1]
    spoilt = [
        b"",
        b"no entry",
        msgspec.msgpack.encode([version + 1, head, squeezed]),
        msgspec.msgpack.encode([version, head, squeezed[:-1]]),
        msgspec.msgpack.encode([version, head, squeezed[:-20] + b"?" * 20]),
        msgspec.msgpack.encode([version, head, b""]),
        msgspec.msgpack.encode([version, other, squeezed]),
        msgspec.msgpack.encode([version, head]),
    ]
    for entry in spoilt:
        with pytest.raises(msgspec.DecodeError):
            case_in(entry)
    with pytest.raises(msgspec.DecodeError):
        head_in(spoilt[2])


def test_a_question_of_three_calls_that_waits_is_small_and_its_head_smaller():
    (send,) = open_cases(1, 1, 1_790_000_000_000, 900_000, compacted=True)
    assert send.value is not None
    assert len(send.value) < 700
    assert len(msgspec.msgpack.encode(head_in(send.value))) < 250
    assert len(opened(send.value)) > 2_000


def test_an_entry_takes_no_more_memory_than_its_bytes():
    entry = to_entry(a_case())
    with memoryview(entry) as view:  # an encoder's own buffer is larger than what it holds
        assert entry.__sizeof__() == bytes.__basicsize__ + view.nbytes
