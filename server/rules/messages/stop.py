"""STOP: recognising a receiver's request, and the clause that tells receivers how to ask."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from itertools import groupby, takewhile

from server.errors import InvalidInput
from server.rules.core.free_texts import check_line, is_blank
from server.rules.messages.stop_words import STOP, USUAL_WORDS, StopLanguage

MAX_STOP_CHARS = 80
"""A longer text is more than a stop word."""

MAX_OWN_WORDS = 50
MAX_WORD_CHARS = 40
MAX_PARTS_OF_WORD = 5

Phrase = tuple[str, ...]
"""A stop word, or several words that belong together, in the form in which they are compared."""

_EMOTICON = re.compile(r"(?<!\w)[:;=x]['\u2019^o-]?[dpoxs3]+(?!\w)|<3+(?!\w)")
_NUMBER = re.compile(r"[0-9]{3,15}")
# Advertising tells people to send "STOP 36180", and some send "STOP au 36180". Other stop words with a number
# may be about anything: "cancel 4711", "end 2024".
_TAKE_A_NUMBER = frozenset({"stop", "stopp", "stopall", "stopsms", "arret", "стоп", "στοπ"})
_BEFORE_A_NUMBER = frozenset({"to", "at", "au", "a", "an", "al", "aan", "til", "till", "do", "на"})


def phrase(text: str) -> Phrase:
    """Return the words of a text as they are compared: without case, accents, signs or invisible characters.

    A word repeated in a row counts once.
    """
    plain = _without_marks(text)
    plain = _EMOTICON.sub(" ", plain)
    spaced = "".join(char if char.isalnum() else " " for char in plain)
    return tuple(word for word, _ in groupby(spaced.split()))


def words_in_force(
    languages: Iterable[StopLanguage] | None = None, own_words: Iterable[str] = ()
) -> list[str]:
    """Return the stop words that count: STOP, the usual ones of these languages (None: all) and own ones."""
    chosen = StopLanguage if languages is None else languages
    usual = (word for language in chosen for word in USUAL_WORDS[language])
    each: dict[Phrase, str] = {}
    for word in (STOP, *usual, *own_words):
        each.setdefault(phrase(word), word)
    return list(each.values())


@lru_cache(maxsize=1_000)
def phrases(words: tuple[str, ...]) -> frozenset[Phrase]:
    """Return words in the form in which `is_stop` compares them."""
    return frozenset(phrase(word) for word in words)


def is_stop(text: str, words: frozenset[Phrase] | None = None, *, sent_to: str = "") -> bool:
    """Tell whether an incoming text is a stop word (None: a usual one of any language) and nothing else.

    Signs around it do not matter. The number that the message was sent to may follow; after STOP and its
    variants, any number may.
    """
    if len(text) > MAX_STOP_CHARS:
        return False
    said = phrase(text)
    words = phrases(_usual()) if words is None else words
    if said in words:
        return True
    digits = [*takewhile(str.isdecimal, reversed(said))][::-1]
    number, head = "".join(digits), said[: len(said) - len(digits)]
    if len(head) > 1 and head[-1] in _BEFORE_A_NUMBER:
        head = head[:-1]
    fits = number == sent_to.lstrip("+") or (head[:1] and head[0] in _TAKE_A_NUMBER)
    return bool(head in words and fits and _NUMBER.fullmatch(number))


@cache
def _usual() -> tuple[str, ...]:
    return tuple(words_in_force())


def check_own_words(words: Sequence[str]) -> list[str]:
    """Return an account's own stop words, each once, as written except for surrounding spaces.

    Raises:
        InvalidInput: too many words, or one without letters or too long; INVALID_TEXT.
    """
    if len(words) > MAX_OWN_WORDS:
        raise InvalidInput(f"At most {MAX_OWN_WORDS} words are allowed.")
    checked: dict[Phrase, str] = {}
    for word in words:
        check_line(word, MAX_WORD_CHARS)
        parts = phrase(word)
        if not 1 <= len(parts) <= MAX_PARTS_OF_WORD or sum(map(str.isalpha, "".join(parts))) < 2:  # noqa: PLR2004
            raise InvalidInput(
                f"A stop word needs at least 2 letters, and may have at most {MAX_PARTS_OF_WORD} parts."
            )
        checked.setdefault(parts, " ".join(word.split()))
    return list(checked.values())


def append_clause(body: str, clause: str, *, no_stop: bool) -> str:
    """Return the text to send: the body and, if it is advertising, the clause on a new line.

    A blank clause adds nothing. A blank body gets no clause, so that it is still refused as empty.
    """
    clause = clause.strip()
    return body if no_stop or not clause or is_blank(body) else f"{body}\n{clause}"


def _without_marks(text: str) -> str:
    """Return a text in lower case, without accents or invisible characters."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(char for char in folded if unicodedata.category(char) not in {"Mn", "Me", "Cf"})
