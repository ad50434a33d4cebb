"""The stream over bytes reads what Kaitai's own stream reads, and fails where that fails, in the same words."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from kaitaistruct import KaitaiStream, KaitaiStructError

from aidec.bytecode.stream import BytesStream

NUMBERS = [f"read_{kind}{order}" for kind in ("s4", "s8", "u4", "u8", "f4", "f8") for order in ("le", "be")]

calls = st.one_of(
    st.sampled_from([(name,) for name in [*NUMBERS, "read_u1", "pos"]]),
    st.tuples(st.just("read_bytes"), st.integers(-2, 12) | st.sampled_from([2**31, 2**63, 2**64])),
    st.tuples(st.just("seek"), st.integers(0, 3)),
)


def answer(stream: KaitaiStream, call: tuple[Any, ...]) -> str:
    """What a method returns or raises."""
    try:
        return repr(getattr(stream, call[0])(*call[1:]))
    except KaitaiStructError as error:
        return f"{type(error)}: {error}, {vars(error)}"


@given(data=st.binary(min_size=3, max_size=40), calls=st.lists(calls, max_size=20))
def test_the_stream_answers_as_kaitais_until_one_fails(data: bytes, calls: list[tuple[Any, ...]]) -> None:
    ours, theirs = BytesStream(data), KaitaiStream(BytesIO(data))
    for call in calls:
        expected = answer(theirs, call)
        assert answer(ours, call) == expected
        if "Error" in expected:
            break
