"""Adversarial documents cost about as much as plain ones of their size, and others are judged as usual."""

import sys
from collections.abc import Callable
from functools import cache
from types import FrameType

import pytest
from graphql import GraphQLError, parse, specified_rules, validate
from hypothesis import given, settings
from hypothesis import strategies as st

from server.graphql.schema.schema import accesses, core_schema
from server.graphql.transport.documents import Document, DocumentCache
from server.graphql.transport.limits import Limits
from tests.factories.graphql.transport.adversarial_documents import KINDS, MAX_PLAIN, plain, sizes

MAX_TIMES = 3
LOOSE = Limits(aliases=1_000, fields=10_000)
"""Documents are random, and so is how often they spread fragments."""

SELECTIONS = st.recursive(
    st.sampled_from(
        [
            "name", "a: name", "a: kind", "a", "nope", "kind", "...F", "...G", "__typename", "a: __typename", "enabled",
            "quota", "description(x: 1)", 'a: message(number: "1")', "accounts(first: 1)", "accounts(first: 2)",
        ]
    ),
    lambda inner: st.builds(
        lambda opening, selections: f"{opening} {{ {' '.join(selections)} }}",
        st.sampled_from(
            [
                "viewer", "a: viewer", "accounts", "accounts(first: 1)", "nodes", "a: nodes", "quota", "...",
                "... on Query", "... on Account", "... on User", 'user(account: "a", login: "b")', "pttCode(code: $v)",
            ]
        ),
        st.lists(inner, min_size=1, max_size=4),
    ),
    max_leaves=12,
)  # fmt: skip
DOCUMENTS = st.builds(
    lambda *parts: (
        "query ($v: Int!) {{ {} }} fragment F on Query {{ {} }} fragment G on Account {{ {} }}".format(
            *map(" ".join, parts)
        )
    ),
    *[st.lists(SELECTIONS, min_size=1, max_size=4)] * 3,
)


def _look_over(text: str, limits: Limits | None = None) -> Document:
    return DocumentCache(core_schema, accesses, limits or Limits(), hide_suggestions=False).look_over(text)


def _calls(work: Callable[[str], object], text: str) -> int:
    """Return the number of function calls, which is the same on every machine."""
    calls = 0

    def count(_: FrameType, event: str, __: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        work(text)
    finally:
        sys.setprofile(None)
    return calls


@cache
def _calls_of_plain() -> tuple[int, float]:
    """Return the function calls of a plain document: a fixed number, and per character."""
    for text in ("{ __typename }", "{ nope }"):
        _look_over(text)  # the schema caches some things at the first use
    shortest, text = _calls(_look_over, "{ __typename }"), plain(MAX_PLAIN // 2)
    return shortest, (_calls(_look_over, text) - shortest) / len(text)


@pytest.mark.parametrize("kind", KINDS)
def test_the_dearest_of_a_kind_costs_little_more_than_a_plain_one(kind: str) -> None:
    """At the largest size that reaches validation, or that of the longest plain document."""
    text = sizes(kind)[-1]
    of_any, of_each = _calls_of_plain()
    assert _calls(_look_over, text) <= MAX_TIMES * (of_any + of_each * min(len(text), MAX_PLAIN))


def test_a_plain_document_costs_in_proportion_to_its_size() -> None:
    """However long, it is checked and found valid."""
    short, long = plain(500), plain(MAX_PLAIN)
    assert not _look_over(long).errors
    assert _calls(_look_over, long) / len(long) <= 1.1 * _calls(_look_over, short) / len(short)


def _told(errors: tuple[GraphQLError, ...] | list[GraphQLError]) -> list[tuple[str, object]]:
    return [(error.message, error.locations) for error in errors]


@settings(max_examples=50)
@given(DOCUMENTS)
def test_what_is_within_the_bounds_is_judged_as_the_library_does(text: str) -> None:
    """The same errors at the same places, or none."""
    errors = validate(core_schema, parse(text), specified_rules, max_errors=LOOSE.errors)
    assert _told(_look_over(text, LOOSE).errors) == _told(errors)


@pytest.mark.parametrize("kind", KINDS)
def test_small_documents_of_each_kind_are_judged_as_the_library_does(kind: str) -> None:
    """No bound refuses small documents."""
    for text in sizes(kind)[:4]:
        errors = validate(core_schema, parse(text), specified_rules, max_errors=Limits().errors)
        assert _told(_look_over(text).errors) == _told(errors)
