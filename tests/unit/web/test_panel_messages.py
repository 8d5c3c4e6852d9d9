"""The texts of the control panel: each language has all of them, with the same values in them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.rules.messages.ptt import PTT_CODES

MESSAGES = Path(__file__).parents[3] / "server" / "web" / "panel" / "src" / "messages"
ROOMS = sorted(path.name for path in (MESSAGES / "en").glob("*.json"))

APOSTROPHE = "\N{RIGHT SINGLE QUOTATION MARK}"

_ARGUMENT = re.compile(r"\{\s*(\w+)\s*[,}]")
_TAG = re.compile(r"<(\w+)>")


def _texts(tree: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _texts(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _values(language: str, room: str) -> dict[str, set[str]]:
    """Return what each text has in it that is filled in: its arguments and its tags."""
    tree = json.loads((MESSAGES / language / room).read_text("utf-8"))
    return {key: {*_ARGUMENT.findall(text), *_TAG.findall(text)} for key, text in _texts(tree)}


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("language", ["fr", "de"])
def test_no_text_is_missing(language: str, room: str) -> None:
    """What the panel says in English it says in the other languages too, of the same things."""
    assert _values(language, room) == _values("en", room)


@pytest.mark.parametrize("language", ["en", "fr", "de"])
def test_no_text_is_empty(language: str) -> None:
    """A text says something."""
    for room in ROOMS:
        texts = _texts(json.loads((MESSAGES / language / room).read_text("utf-8")))
        assert [key for key, text in texts if not text.strip()] == []


@pytest.mark.parametrize("language", ["en", "fr", "de"])
def test_apostrophes_are_typeset(language: str) -> None:
    """A straight ' stands only where it is meant: among the characters that a sender's name may have."""
    for room in ROOMS:
        texts = _texts(json.loads((MESSAGES / language / room).read_text("utf-8")))
        assert [key for key, text in texts if "'" in text] == (["nameWhy"] if room == "senders.json" else [])


def test_every_ptt_code_has_its_words() -> None:
    """The panel explains the codes that the server explains, in English with the server's own words, typeset."""
    words = {}
    for ptt in PTT_CODES.values():
        words[str(ptt.code)] = ptt.description.replace("'", APOSTROPHE)
        if ptt.comment is not None:
            words[f"{ptt.code}why"] = ptt.comment.replace("'", APOSTROPHE)
    assert json.loads((MESSAGES / "en" / "ptt.json").read_text("utf-8")) == words
