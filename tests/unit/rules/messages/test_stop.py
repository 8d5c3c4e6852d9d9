"""STOP, and the STOP clause."""

import pytest

from server.errors import InvalidInput
from server.rules.messages.stop import append_clause, check_own_words, is_stop, phrases, words_in_force
from server.rules.messages.stop_words import USUAL_WORDS, StopLanguage


@pytest.mark.parametrize(
    "text",
    [
        "STOP", "stop", "Stop", " stop ", "STOP.", "stop!!", "Stop ...", "stop\r\n", "STOP,", 'stop"', "stop…", "stop. ",
        '"STOP"', "“Stop”", "«stop»", "'stop'", "(STOP)", "[stop]", "<STOP>", "-STOP", "- stop -", "*STOP*", "> STOP",
        "STOP :)", "stop ;-)", "Stop :D", "stop :P", "Stop <3", "STOP 🛑", "\u200eSTOP\ufeff", "S\u200bTOP", "\uff33\uff34\uff2f\uff30",
        "STOP STOP", "stop, stop, STOP!", ".stop", "stop-", "\u017ftop",
    ],
)  # fmt: skip
def test_stop_alone_is_a_request(text: str) -> None:
    """Case, surrounding characters and invisible ones make no difference."""
    assert is_stop(text)


@pytest.mark.parametrize(
    "text",
    [
        "UNSUBSCRIBE", "Cancel", "END", "end.", "quit", "Revoke", "OPTOUT", "OPT-OUT", "opt out", "STOPALL", "STOP ALL",
        "stop-all", "ARRET", "ARRÊT", "arrêt", "ARRE\u0302T", "Stop SMS", "stopp", "BAJA", "Отписаться", "СТОП", "ΣΤΌΠ",
        "הסר", "توقف", "退订", "İPTAL",
    ],
)  # fmt: skip
def test_so_are_the_words_of_laws_and_operators(text: str) -> None:
    """In any language, with accents or without."""
    assert is_stop(text)


@pytest.mark.parametrize(
    "text",
    [
        "STOP 36180",
        "stop 36180.",
        "STOP au 36180",
        '"STOP" to 80800',
        "Stop 36 180",
        "ARRET 36180",
        "STOPALL 12345",
    ],
)
def test_a_number_may_follow_it(text: str) -> None:
    """As advertising asks for, and as people write it."""
    assert is_stop(text)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", ".", ":)", "STOPP!ED", "nonstop", "please stop", "stop it", "s t o p", "sto", "Stop by at five",
        "please stop by at five", "can you end the contract?", "Please cancel my order", "cancel 4711", "end 2024",
        "QUIT 36180", "STOP 2", "stop 1234567890123456", "STOP the 36180", "36180", "STOP at", "I can't stop",
        "The end", "Don't stop", "opt", "all", "Cancel the stop", "Stop or end?", "36180 STOP", "Rest of stop 4",
        "STOP" + "!" * 100,
    ],
)  # fmt: skip
def test_any_other_text_is_none(text: str) -> None:
    """Only the complete text counts: nobody is blacklisted for an ordinary sentence."""
    assert not is_stop(text)


def test_the_number_that_it_was_sent_to_may_follow_any_word() -> None:
    """It can mean nothing else."""
    assert is_stop("QUIT 36180", sent_to="36180")
    assert is_stop("cancel +44 7700 900123", sent_to="+447700900123")
    assert not is_stop("cancel 4711", sent_to="36180")
    assert not is_stop("cancel", frozenset(), sent_to="")


def test_an_account_has_words_of_its_own() -> None:
    """In addition to those of its languages; STOP always counts."""
    words = phrases((*words_in_force([StopLanguage.FR], ["please stop", "Genug!"]),))
    assert [is_stop(text, words) for text in ("Please, stop!", "genug", "ARRÊT", "STOP", "Stop 36180")] == [
        True
    ] * 5
    assert [is_stop(text, words) for text in ("END", "cancel", "stopp")] == [False] * 3
    assert words_in_force([], []) == ["STOP"]
    assert words_in_force([], ["Stop", "ENOUGH"]) == ["STOP", "ENOUGH"]


def test_every_language_has_words_that_count() -> None:
    """The listed ones, and by default all of them."""
    assert USUAL_WORDS.keys() == set(StopLanguage)
    for words in USUAL_WORDS.values():
        assert check_own_words(words) == list(words)
        assert all(is_stop(word) for word in words)


@pytest.mark.parametrize(
    "words", [["x"], [""], ["12345"], ["!!"], ["x" * 41], ["a b c d e f"], [f"word{n}x" for n in range(51)]]
)
def test_a_word_is_no_number_and_no_novel(words: list[str]) -> None:
    """And the number of words is bounded."""
    with pytest.raises(InvalidInput):
        check_own_words(words)


def test_a_word_is_kept_once_as_it_was_written() -> None:
    """Words that read the same are the same."""
    assert check_own_words([" Genug  jetzt ", "GENUG-JETZT", "Basta"]) == ["Genug jetzt", "Basta"]


@pytest.mark.parametrize(
    ("body", "clause", "no_stop", "text"),
    [
        ("Sale!", "STOP 36111", False, "Sale!\nSTOP 36111"),
        ("Sale!", "STOP 36111", True, "Sale!"),
        ("Sale!", "", False, "Sale!"),
        ("Sale!", " \n", False, "Sale!"),
        ("Sale!\n", " STOP 36111 ", False, "Sale!\n\nSTOP 36111"),
        ("", "STOP 36111", False, ""),
        (" \n", "STOP 36111", False, " \n"),
    ],
)
def test_the_clause_goes_on_a_new_line_where_it_is_due(
    body: str, clause: str, *, no_stop: bool, text: str
) -> None:
    """Only advertising has the clause, and an empty message stays empty."""
    assert append_clause(body, clause, no_stop=no_stop) == text
