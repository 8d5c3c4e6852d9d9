"""What is set for a link of any kind in one value each: its name at the API, the usual value, and its bounds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from server.kit.described_enums import DescribedStr
from server.rules.links import links as rules


@dataclass(frozen=True, slots=True)
class Scalar:
    """A setting: its name at the API and in a URL's query, the usual value, and how a value is looked over.

    `check` raises InvalidInput (or, of a word that is none of an enum's, ValueError), and `read` makes a
    value of a text, or raises ValueError.
    """

    name: str
    usual: Any
    check: Callable[[Any], Any]
    read: Callable[[str], Any]


def text_scalar(name: str, longest: int) -> Scalar:
    """Return a setting that is printable ASCII."""
    return Scalar(name, "", lambda text: rules.check_printable(text, longest), str)


def number_scalar(name: str, usual: int, minimum: int, maximum: int) -> Scalar:
    """Return a setting that is a number."""
    return Scalar(name, usual, lambda number: rules.check_between(number, minimum, maximum), int)


def word_scalar(name: str, usual: DescribedStr) -> Scalar:
    """Return a setting that is a word of an enum."""
    words = type(usual)
    return Scalar(name, usual, words, lambda text: words[text.upper()])


def switch_scalar(name: str) -> Scalar:
    """Return a setting that is on or off, at first off."""
    return Scalar(name, False, bool, lambda text: {"true": True, "false": False}[text.lower()])  # noqa: FBT003


COMMON: Mapping[str, Scalar] = {
    "window_size": number_scalar("window", 10, 1, rules.MAX_WINDOW),
    "per_second": number_scalar("perSecond", 20, 1, rules.MAX_PER_SECOND),
    "response_seconds": number_scalar("responseSeconds", 60, 1, rules.MAX_RESPONSE_SECONDS),
    "err_is_ptt": switch_scalar("errIsPtt"),
    "unknown_outcome": word_scalar("unknownOutcome", rules.UnknownOutcome.SERVER_SETTING),
    "unknown_resends": number_scalar("unknownResends", 2, 1, rules.MAX_RESENDS),
}
"""By the column in which each is kept."""
