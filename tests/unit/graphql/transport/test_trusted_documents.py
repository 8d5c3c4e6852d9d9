"""Documents by hash."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLError
from hypothesis import given
from hypothesis import strategies as st

from server.graphql.transport import trusted_documents
from server.graphql.transport.trusted_documents import DocumentPolicy, TrustedDocuments, read_documents

TRUSTED, OTHER = "{ viewer { name } }", "{ viewer { kind } }"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _named(text: str, **more: Any) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": _digest(text), **more}}


def _documents(policy: DocumentPolicy = DocumentPolicy.ANY, *, automatic: bool = False) -> TrustedDocuments:
    return TrustedDocuments({_digest(TRUSTED): TRUSTED}, policy, automatic=automatic)


def _refusal(documents: TrustedDocuments, query: str | None, extensions: dict[str, Any]) -> str:
    with pytest.raises(GraphQLError) as caught:
        documents.text_of(query, extensions)
    return str((caught.value.extensions or {})["code"])


@pytest.mark.parametrize("automatic", [False, True])
@pytest.mark.parametrize("policy", DocumentPolicy)
def test_a_trusted_document_is_known_by_its_hash(policy: DocumentPolicy, *, automatic: bool) -> None:
    """With every policy; its full text works too, and the hash may be in capital letters."""
    documents = _documents(policy, automatic=automatic)
    assert documents.text_of(None, _named(TRUSTED)) == TRUSTED
    assert documents.text_of(None, _named(TRUSTED, sha256Hash=_digest(TRUSTED).upper())) == TRUSTED
    assert documents.text_of(TRUSTED, {}) == TRUSTED
    assert documents.text_of(TRUSTED, _named(TRUSTED)) == TRUSTED


def test_only_trusted_ones() -> None:
    """Another text is refused, and can't be added, even with automatic persisted queries."""
    documents = _documents(DocumentPolicy.TRUSTED_ONLY, automatic=True)
    assert _refusal(documents, OTHER, {}) == "PERSISTED_QUERY_ONLY"
    assert _refusal(documents, OTHER, _named(OTHER)) == "PERSISTED_QUERY_ONLY"
    assert _refusal(documents, None, _named(OTHER)) == "PERSISTED_QUERY_NOT_SUPPORTED"


def test_any_document_goes_where_all_do() -> None:
    """And its hash is ignored; a hash alone is refused for good."""
    documents = _documents()
    assert documents.text_of(OTHER, {}) == OTHER
    assert documents.text_of(OTHER, _named(TRUSTED)) == OTHER
    assert _refusal(documents, None, _named(OTHER)) == "PERSISTED_QUERY_NOT_SUPPORTED"


def test_automatic_persisted_queries() -> None:
    """A client sends the hash, learns that it is unknown, sends both, and later only the hash."""
    documents = _documents(automatic=True)
    with pytest.raises(GraphQLError, match=r"^PersistedQueryNotFound$"):
        documents.text_of(None, _named(OTHER))
    assert _refusal(documents, None, _named(OTHER)) == "PERSISTED_QUERY_NOT_FOUND"
    assert documents.text_of(OTHER, _named(OTHER)) == OTHER
    assert documents.text_of(None, _named(OTHER)) == OTHER


def test_a_hash_of_something_else_is_refused() -> None:
    """Nobody can store a document with another one's hash."""
    documents = _documents(automatic=True)
    assert _refusal(documents, OTHER, _named(TRUSTED)) == "BAD_USER_INPUT"
    assert documents.text_of(None, _named(TRUSTED)) == TRUSTED


def test_the_least_recently_used_is_forgotten() -> None:
    """After as many others as are kept; documents used in between stay, and trusted ones always do."""
    documents = _documents(automatic=True)
    used, unused = "used", "unused"
    for text in (
        used,
        unused,
        *(f"text {number}" for number in range(trusted_documents.CACHED - 2)),
        used,
        "one more",
    ):
        documents.text_of(text, _named(text))
    assert documents.text_of(None, _named(used)) == used
    assert _refusal(documents, None, _named(unused)) == "PERSISTED_QUERY_NOT_FOUND"
    assert documents.text_of(None, _named(TRUSTED)) == TRUSTED


def test_long_ones_are_forgotten_sooner() -> None:
    """There is also a bound on the total of clients' documents."""
    documents = _documents(automatic=True)
    texts = [str(number) * (trusted_documents.CACHED_CHARS // 4) for number in range(1, 6)]
    for text in texts:
        documents.text_of(text, _named(text))
    assert documents.text_of(None, _named(texts[1])) == texts[1]
    assert _refusal(documents, None, _named(texts[0])) == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize(
    "named",
    [
        {}, {"version": 1}, {"version": 2, "sha256Hash": _digest(TRUSTED)}, {"sha256Hash": _digest(TRUSTED)},
        {"version": 1, "sha256Hash": None}, {"version": 1, "sha256Hash": 1}, {"version": "1", "sha256Hash": ""},
    ],
)  # fmt: skip
def test_other_versions_are_refused(named: dict[str, Any]) -> None:
    """Version 1 with a hash is the only one."""
    assert _refusal(_documents(automatic=True), None, {"persistedQuery": named}) == "BAD_USER_INPUT"


@given(
    st.dictionaries(
        st.sampled_from(["persistedQuery", "x"]),
        st.recursive(st.none() | st.integers() | st.text(), st.lists),
    )
)
def test_no_extensions_are_a_fault(extensions: dict[str, Any]) -> None:
    """A request without a document is refused, whatever else it has."""
    assert _refusal(_documents(automatic=True), None, extensions) == "BAD_USER_INPUT"


def test_reading_a_file(tmp_path: Path) -> None:
    """A file of documents by their hash is read as it is."""
    path = tmp_path / "documents.json"
    path.write_text(json.dumps({_digest(text): text for text in (TRUSTED, OTHER)}))
    assert read_documents(path) == {_digest(TRUSTED): TRUSTED, _digest(OTHER): OTHER}


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"[1]", b"42", b"null", b'{"a": "b"}', b'{"a": 1}', b"\xff", b'{"a": "\\ud800"}'],
)
def test_a_file_that_is_no_such_thing(tmp_path: Path, content: bytes) -> None:
    """A wrong file is refused at the server's start, not at a request."""
    path = tmp_path / "documents.json"
    path.write_bytes(content)
    with pytest.raises(ValueError):  # noqa: PT011 the standard library's message is good enough
        read_documents(path)
