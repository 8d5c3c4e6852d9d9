"""The media type of an answer, for the types that the client accepts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.graphql.transport.negotiation import EVENT_STREAM, GRAPHQL_RESPONSE, JSON, OFFERED, best_type


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, JSON), ("", JSON), (" ", JSON), ("*/*", JSON), ("application/*", JSON),
        (JSON, JSON), (GRAPHQL_RESPONSE, GRAPHQL_RESPONSE), (GRAPHQL_RESPONSE.upper(), GRAPHQL_RESPONSE),
        (f"{JSON}, {GRAPHQL_RESPONSE}", JSON), (f"{GRAPHQL_RESPONSE}, {JSON}", GRAPHQL_RESPONSE),
        (f"{JSON};q=0.8, {GRAPHQL_RESPONSE};q=0.9", GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE};q=0.8, {JSON}; Q = 0.9", JSON),
        (f"*/*;q=0.1, {GRAPHQL_RESPONSE};q=0.2", GRAPHQL_RESPONSE),
        (f"*/*, {JSON};q=0", GRAPHQL_RESPONSE), (f"application/*;q=0, {JSON}", JSON),
        (f"{GRAPHQL_RESPONSE}, text/html;q=1, */*;q=0.1", GRAPHQL_RESPONSE),
        (f"{JSON}; charset=utf-8", JSON), (f'{JSON}; charset="UTF-8"', JSON), (f"{JSON}; charset=utf8; q=0.5", JSON),
        (f"{JSON}; charset=iso-8859-1", None), (f"{JSON};q=0", None), (f"{JSON};q=much", None),
        ("text/html", None), ("text/*;q=0", None), ("json", None), (",;,", None), ("*", None),
        (EVENT_STREAM, EVENT_STREAM), ("text/*", EVENT_STREAM), (f"{EVENT_STREAM}, {JSON};q=0.1", JSON),
        (f"{EVENT_STREAM}, */*;q=0", EVENT_STREAM), (f"{JSON};q=9", JSON), (f"{JSON};q=-1", None),
    ],
)  # fmt: skip
def test_the_best_type(accept: str | None, expected: str | None) -> None:
    """Quality decides, then the client's order; a stream is only for clients that accept no JSON."""
    assert best_type(accept) == expected


def test_what_comes_after_fifty_ranges_is_not_read() -> None:
    """A header of thousands of ranges costs no more than one of fifty."""
    assert best_type(", ".join(["text/html"] * 49 + [JSON])) == JSON
    assert best_type(", ".join(["text/html"] * 50 + [JSON])) is None


@given(
    st.one_of(
        st.text(),
        st.lists(
            st.sampled_from([*OFFERED, "*/*", "application/*", ";q=", "0", "1", "nan", "inf", ",", ";", "="])
        ).map("".join),
    )
)
def test_no_header_is_a_fault(accept: str) -> None:
    """For any header, the client gets one of our types, or none."""
    assert best_type(accept) in {*OFFERED, None}
