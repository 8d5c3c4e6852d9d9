"""Properties of the parts of every text."""

from itertools import pairwise

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from server.errors import ErrorCode, InvalidInput
from server.rules.messages.gsm_alphabet import BASIC_CODES, EXTENSION_CODES, septets
from server.rules.messages.segments import Coding, analyse, split

PLENTY = 10_000
gsm_texts = st.text(st.sampled_from([*BASIC_CODES, *EXTENSION_CODES] + ["€"] * 60), min_size=1, max_size=700)
any_texts = st.text(
    st.one_of(st.sampled_from("aж😀€"), st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    min_size=1,
    max_size=400,
)


def coded(text: str, coding: Coding) -> int:
    """Return the length of a text in units, counted independently."""
    if coding is Coding.UNICODE:
        return len(text.encode("utf-16-be")) // 2
    return len(text) + sum(char in EXTENSION_CODES for char in text)


def check_parts(text: str, coding: Coding, single: int, part: int) -> None:
    """Assert the invariants of a text and its parts in one coding."""
    parts = split(text, coding)
    segments = analyse(text, coding, PLENTY)
    assert "".join(parts) == text
    assert segments.parts == len(parts)
    assert segments.length == coded(text, coding)
    assert all(parts)
    if coded(text, coding) <= single:
        assert parts == [text]
        return
    assert len(parts) > 1
    assert all(coded(each, coding) <= part for each in parts)
    for before, after in pairwise(parts):
        assert coded(before + after[0], coding) > part


@given(gsm_texts)
@example("a" * 152 + "€" + "a" * 152)
@example("€" * 80)
@example("€" * 81)
def test_seven_bit_parts_are_bounded_full_and_whole(text: str) -> None:
    """Parts join to the text, are as full as whole characters allow, and match the announced number."""
    check_parts(text, Coding.GSM_7BIT, 160, 153)
    assert analyse(text, max_parts=PLENTY).coding is Coding.GSM_7BIT


@given(any_texts)
@example("ж" * 66 + "😀" + "ж" * 66)
@example("😀" * 36)
def test_unicode_parts_are_bounded_full_and_whole(text: str) -> None:
    """Each part is valid UTF-16 by itself, so no surrogate pair is split."""
    check_parts(text, Coding.UNICODE, 70, 67)
    for part in split(text, Coding.UNICODE):
        assert part.encode("utf-16-be").decode("utf-16-be") == part


@given(any_texts)
def test_unicode_is_chosen_exactly_when_a_character_forces_it(text: str) -> None:
    """The coding agrees with the characters that require it, and no character is named twice."""
    segments = analyse(text, max_parts=PLENTY)
    outside = [char for char in text if septets(char) == 0]
    assert (segments.coding is Coding.UNICODE) == bool(outside)
    assert set(segments.forced_unicode) == set(outside)
    assert len(set(segments.forced_unicode)) == len(segments.forced_unicode)


@given(any_texts)
def test_seven_bit_coding_is_refused_exactly_when_it_lacks_a_character(text: str) -> None:
    """A request for 7-bit coding gives it or says why not."""
    outside = {char for char in text if septets(char) == 0}
    assume(len(outside) <= 10)
    if not outside:
        assert analyse(text, Coding.GSM_7BIT, PLENTY).forced_unicode == ()
        return
    with pytest.raises(InvalidInput) as refusal:
        analyse(text, Coding.GSM_7BIT, PLENTY)
    assert refusal.value.code is ErrorCode.CODING_MISMATCH
    assert all(f"U+{ord(char):04X}" in refusal.value.message for char in outside)


@given(any_texts, st.integers(1, 6))
def test_a_text_is_too_long_exactly_when_it_needs_more_parts(text: str, max_parts: int) -> None:
    """The bound applies to the actual number of parts."""
    needed = analyse(text, max_parts=PLENTY).parts
    if needed <= max_parts:
        assert analyse(text, max_parts=max_parts).parts == needed
        return
    with pytest.raises(InvalidInput) as refusal:
        analyse(text, max_parts=max_parts)
    assert refusal.value.code is ErrorCode.MESSAGE_TOO_LONG


@given(st.text(st.characters(), max_size=50))
def test_any_text_at_all_is_analysed_or_refused(text: str) -> None:
    """No text, however broken, raises another error."""
    try:
        length = analyse(text).length
    except InvalidInput:
        return
    assert length >= len(text)
