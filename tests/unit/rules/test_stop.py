"""STOP, and the clause that offers it."""

import pytest

from server.rules.stop import append_clause, is_stop


@pytest.mark.parametrize(
    "text",
    [
        "STOP",
        "stop",
        "Stop",
        " stop ",
        "STOP.",
        "stop!!",
        "Stop ...",
        "stop\r\n",
        "STOP,",
        'stop"',
        "stop…",
        "stop. ",
    ],
)
def test_stop_alone_is_a_request(text: str) -> None:
    """Case, space around it and punctuation after it make no difference."""
    assert is_stop(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        ".",
        "STOPP",
        "nonstop",
        "please stop",
        "stop it",
        "STOP 36111",
        "s t o p",
        "\u017ftop",
        ".stop",
        "sto",
        "stop-",
    ],
)
def test_any_other_text_is_none(text: str) -> None:
    """Only the whole text counts."""
    assert not is_stop(text)


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
    """Advertising bears the clause; nothing else does, and an empty message stays empty."""
    assert append_clause(body, clause, no_stop=no_stop) == text
