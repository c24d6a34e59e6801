"""The entry of a case: what is read is what was written, whichever version wrote it, and nothing else is taken."""

from base64 import b85decode
from hashlib import sha256
from zlib import crc32

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from benchmarks.load.open_cases import open_cases
from streams.records.case import Case, CaseState
from streams.records.case_entry import VERSION, case_in, entry_of, head_in, opened
from streams.records.case_head import CaseHead, head_of
from streams.records.case_sample import SAMPLE
from streams.records.codec import from_entry, to_entry
from streams.records.packed import pack
from tests.support.cases import Partition, call
from tests.support.examples import examples
from tests.support.story import Story, states, stories

WRITTEN = (
    "lmf&ARIld8+yD}~c4BdKGc{*5Xg6wkYi43<cWZDqH*sukVsEE+VQF+}Zf63|0Hr_#-g(batT8b$F)}hTGBYzXGm)cVWMPrc00fiZ"
    "#6Vx{>t_GRZ#dafcx-KHY<a@l!a3bek+f$i*E%QrSLthpvUC45{NbHzfKLBfKUYVsr0SwC9ZA3*Qr)+QTT9OX00E27=RCmA0004t"
    "&-D0Ulg|JE0gKP)JiyNY00E27=RCl|z>vVez`&5j0cuz%!@e9sLn_JfH0p>d<C%ym<3a5|NHGs$VJqo30b3}UMGE=lc?z(W6fE*k"
    "nvw{Qt%7<CXdqHmkb)3})dnCY2!rbcWV5JLKY+Xht|AsY0(}XtC6<O7IJ!83DhiO~NU1AOA_|f>C$0yT@5#W@p(Iro6sf57NcZ`t"
    "8QAI(usEb1nbe6=k0=o8K7b2obX$q9a#lHmb%o+ef0z{!#LzW{mKJ)ZhI)nu272b`H3--{X#OD7%^9@*K&c7Q9SEry_h7ipihy&l"
    "*^W_}GGVVwZ#q!g%R{Y=!5v8S+8Er?#9AAJm1ES#-REBlHejiZm%4yT24Jzi(a;=R-T;9f5CeUTQA2}GrdJI;8D7WWsS?oYZg6_Q"
    "Q+Fd3(a6;|6QufP!cjzEtIk2iC@Iwha-B)QKS(VBaDbz=1Q>C92i6z>IgV;+5gJ4!cmS!Xf$#uoQ-cY&Cx}UzkX8c#ppsM*"
)
"""An entry of version 2 as the first release that had it wrote it: a question of two calls that waits."""

WRITTEN_3 = (
    "lmo;B^a{#!+yD}~c4BdKGc{*5Xg6wkYi43<cWZDqH*sukVsEE+VQF+}Zf63|0Hr_#-g(batT8b$F)}hTGBYzXGm)cVWMPrc00fiZ"
    "#6Vx{>t_GRZ#dafcx-KHY<a@l!a3bek+f$i*E%QrSLthpvUC45{NbHzfKLBfKUYVsr0SwC9ZA3*Qr)+QTT9OX00E27=RCmA0004t"
    "&-D0Ulg|JE0gKP)JiyNY00E27=RCl|z>vVez`&5j0l_G>Fa2aT2b~Q7a*sAKa7mj3uo8@NfP#n%i67jhC&OTT7#D!}w1alHf*~bj"
    "0SGD?P}UlMqP2Cvzv~y<{z^omL?oC4c>iKb_H6F`J1q+D-20f+vW>`|E!+2;_g?cJPQ^tfpa^;qZV1T8HhZ>g6E-xm&7LjW0}My2"
    "YC&vpfgMuI_R+lOG|oUnP~c2NIIDF*B7K|)Se)vdFb)t>%T{XH&UjUUNFOI`s7n+NSDfm^?_aC-g(B!d@B;jF;Wu<6^=k6|U8I5}"
    "m-m<V-|zP^red&|DMd*w-oKRe3F7y!3s9)BxgokRQc#%6um+$431w>X5{N*MFvMXTiD4XP3^PVxgvdlhAq7Lp(hi-@L?(o+PPAB-"
    "=h;APcIUw#8KIEcL2OF9TXY0jf`j@@=}`npNJSER#!PtdudL?c_yCl)@MGb*vni6{#KvLL6VWY~-4OvGortO(VSrmsQsNGR(;9h("
    "Fb3I<1h8uHprGO|TTq^l9vt~%&_>&4wz;j?epfN&N3zf|SwjOUoBXB5$bUnQ81o2QA5gGz-839Lh+Fo9NX?1d0)+53DghW`iTVhj"
    "3p&9"
)
"""The same of version 3."""


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
    for entry in map(b85decode, (WRITTEN, WRITTEN_3)):
        case = case_in(entry)
        assert (case.case_id, case.state, len(case.fingerprints)) == (
            "vbqt35g5h7jykfbjwkp67qlnbo",
            CaseState.WAITING,
            64,
        )
        assert head_in(entry) == head_of(case)
    assert case_in(b85decode(WRITTEN)) == case
    # Another sample, and none of those entries can be read any more: that takes a further version beside these.
    assert sha256(SAMPLE).hexdigest() == "915861b22aa19db7cb15df8bcb9b9813f229b1088d77f5c8edab7fbadbe2f6da"


def test_what_is_no_entry_is_refused_whatever_is_wrong_with_it():
    version, check, head, squeezed = msgspec.msgpack.decode(entry_of(a_case()))
    other = msgspec.msgpack.decode(entry_of(a_case(3)))[2]
    spoilt = [
        b"",
        b"no entry",
        msgspec.msgpack.encode([version + 1, check, head, squeezed]),
        msgspec.msgpack.encode([version, check, head, squeezed[:-1]]),
        msgspec.msgpack.encode([version, check, head, squeezed[:-20] + b"?" * 20]),
        msgspec.msgpack.encode([version, check, head, b""]),
        msgspec.msgpack.encode([version, check, other, squeezed]),
        msgspec.msgpack.encode([version, check, head]),
    ]
    for entry in spoilt:
        for read in (case_in, head_in):
            with pytest.raises(msgspec.DecodeError):
                read(entry)


def test_a_body_that_is_not_the_heads_is_refused_though_its_checksum_is_right():
    ours, others = (msgspec.msgpack.decode(entry_of(a_case(count))) for count in (2, 3))
    rest = msgspec.msgpack.encode(others[2]) + msgspec.msgpack.encode(ours[3])
    mixed = entry_of(a_case())[:4] + crc32(rest, VERSION).to_bytes(4, "big") + rest
    with pytest.raises(msgspec.DecodeError, match="cannot be unpacked"):
        case_in(mixed)


def test_a_case_that_claims_to_be_far_too_long_is_refused_before_it_takes_memory():
    head = msgspec.msgpack.decode(entry_of(a_case()))[2]
    rest = msgspec.msgpack.encode(head) + msgspec.msgpack.encode(pack(bytes(1 << 25)))
    flood = entry_of(a_case())[:4] + crc32(rest, VERSION).to_bytes(4, "big") + rest
    with pytest.raises(msgspec.DecodeError, match="or more than 16,777,216"):
        case_in(flood)


def test_no_bit_of_an_entry_turns_over_unseen():
    entry = entry_of(a_case())
    for bit in range(len(entry) * 8):
        spoilt = bytearray(entry)
        spoilt[bit // 8] ^= 1 << bit % 8
        for read in (case_in, head_in):
            with pytest.raises(msgspec.DecodeError):
                read(bytes(spoilt))


def test_a_text_of_version_1_that_is_no_utf_8_is_a_fault_like_any_other():
    for read in (case_in, head_in):
        with pytest.raises(msgspec.DecodeError):
            read(version_1(a_case()).replace(b"person/ada", b"person/\xff\xfe\xfd"))


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
