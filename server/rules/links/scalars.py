"""The single-value settings of links of any kind: each with its API name, usual value and limits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from server.kit.described_enums import DescribedStr
from server.rules.links import links as rules


@dataclass(frozen=True, slots=True)
class Scalar:
    """A setting: its name in the API and in a URL's query, its usual value, and how to check a value.

    `check` raises InvalidInput (or ValueError for a word that the enum does not have). `read` makes a value
    from a text, or raises ValueError.
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
    """Return a setting that is a member of an enum."""
    words = type(usual)
    return Scalar(name, usual, words, lambda text: words[text.upper()])


def switch_scalar(name: str) -> Scalar:
    """Return a setting that is on or off; off by default."""
    return Scalar(name, False, bool, lambda text: {"true": True, "false": False}[text.lower()])  # noqa: FBT003


COMMON: Mapping[str, Scalar] = {
    "window_size": number_scalar("window", 10, 1, rules.MAX_WINDOW),
    "per_second": number_scalar("perSecond", 20, 1, rules.MAX_PER_SECOND),
    "response_seconds": number_scalar("responseSeconds", 60, 1, rules.MAX_RESPONSE_SECONDS),
    "err_is_ptt": switch_scalar("errIsPtt"),
    "unknown_outcome": word_scalar("unknownOutcome", rules.UnknownOutcome.SERVER_SETTING),
    "unknown_resends": number_scalar("unknownResends", 2, 1, rules.MAX_RESENDS),
}
"""By the column that stores each."""
