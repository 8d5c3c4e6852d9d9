"""STOP with any characters around it, and among other words."""

from hypothesis import given
from hypothesis import strategies as st

from server.rules.messages.stop import MAX_STOP_CHARS, is_stop, phrase, words_in_force

WORDS = st.sampled_from(words_in_force())
SIGNS = st.text(st.sampled_from(" .,;!?…'\"()[]{}<>«»“”-\u2013*_/\\\u200b\u200e\ufeff\u00a0\n"), max_size=10)
# Words that are not part of any stop word.
OTHERS = st.sampled_from(
    ["please", "by", "five", "can", "you", "the", "contract", "my", "order", "thanks", "it", "bus"]
)


@given(SIGNS, WORDS, SIGNS)
def test_signs_round_a_word_change_nothing(before: str, word: str, after: str) -> None:
    """Neither does case, if a language has it."""
    for spelt in (word, word.lower(), word.title()):
        assert is_stop(before + spelt + after)


@given(WORDS, st.lists(OTHERS, min_size=1, max_size=6), st.integers(0, 6))
def test_a_word_among_others_is_none(word: str, others: list[str], at: int) -> None:
    """In any position: an ordinary sentence stops nothing."""
    assert not is_stop(" ".join([*others[:at], word, *others[at:]]))


@given(st.text(max_size=2 * MAX_STOP_CHARS))
def test_any_text_is_read(text: str) -> None:
    """No text raises an error, and normalizing twice changes nothing."""
    is_stop(text)
    assert phrase(" ".join(phrase(text))) == phrase(text)


@given(WORDS.filter(lambda word: word.startswith("STOP")), st.integers(100, 10**15 - 1))
def test_a_number_after_stop_belongs_to_it(word: str, number: int) -> None:
    """Of 3 to 15 digits."""
    assert is_stop(f"{word} {number}")
