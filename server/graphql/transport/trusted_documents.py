"""Trusted documents and automatic persisted queries: a client may name a document by its hash."""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from graphql import GraphQLError

from server.graphql.schema.codes import EdgeCode

CACHED = 1_000
CACHED_CHARS = 4_000_000


class DocumentPolicy(StrEnum):
    """Which documents are executed."""

    ANY = "any"
    TRUSTED_ONLY = "trusted-only"


def read_documents(path: Path) -> dict[str, str]:
    """Return the documents of a JSON file that holds an object of texts by their SHA-256.

    Raises:
        ValueError: the file is no such thing, or a hash is not that of its text.
        OSError: it can't be read.
    """
    documents = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(documents, dict):
        raise ValueError(f"{path} holds no object.")  # noqa: TRY004 what is wrong is a value in a file
    for digest, text in documents.items():
        if not isinstance(text, str) or hashlib.sha256(text.encode()).hexdigest() != digest:
            raise ValueError(f"{path}: {digest} is not the SHA-256 of its document.")
    return documents


class TrustedDocuments:
    """The documents that clients may name by the SHA-256 of their text.

    The operator's own are known from the start. With automatic persisted queries a client may add
    its own, by sending text and hash together; those are forgotten again, least recently used first.
    """

    def __init__(self, documents: Mapping[str, str], policy: DocumentPolicy, *, automatic: bool) -> None:
        """`documents` are the operator's, by their hash."""
        self._trusted = dict(documents)
        self._texts = set(documents.values())
        self._policy = policy
        self._automatic = automatic and policy is DocumentPolicy.ANY
        self._seen: OrderedDict[str, str] = OrderedDict()
        self._chars = 0

    def text_of(self, query: str | None, extensions: Mapping[str, Any]) -> str:
        """Return the text of the document that a request means.

        Raises:
            GraphQLError: it names none that is known, or sends one that is not trusted.
        """
        digest = _digest(extensions)
        if query is None:
            return self._known(digest)
        if self._policy is DocumentPolicy.TRUSTED_ONLY and query not in self._texts:
            raise _error("Only trusted documents are executed here.", EdgeCode.PERSISTED_QUERY_ONLY)
        if digest is not None and self._automatic:
            if hashlib.sha256(query.encode()).hexdigest() != digest:
                raise _error("The hash is not that of the document.", EdgeCode.BAD_USER_INPUT)
            self._remember(digest, query)
        return query

    def _remember(self, digest: str, query: str) -> None:
        if digest not in self._seen:
            self._chars += len(query)
        self._seen[digest] = query
        self._seen.move_to_end(digest)
        while len(self._seen) > CACHED or self._chars > CACHED_CHARS:
            _, oldest = self._seen.popitem(last=False)
            self._chars -= len(oldest)

    def _known(self, digest: str | None) -> str:
        if digest is None:
            raise _error("The request has no document.", EdgeCode.BAD_USER_INPUT)
        text = self._trusted.get(digest) or self._seen.get(digest)
        if text is None:
            # Clients compare these words, to send the document itself from then on.
            if self._automatic:
                raise _error("PersistedQueryNotFound", EdgeCode.PERSISTED_QUERY_NOT_FOUND)
            raise _error("PersistedQueryNotSupported", EdgeCode.PERSISTED_QUERY_NOT_SUPPORTED)
        return text


def _digest(extensions: Mapping[str, Any]) -> str | None:
    """Return the hash that a request names, as automatic persisted queries (version 1) have it."""
    named = extensions.get("persistedQuery")
    if not isinstance(named, dict):
        return None
    digest = named.get("sha256Hash")
    if named.get("version") != 1 or not isinstance(digest, str):
        raise _error("persistedQuery needs version 1 and a sha256Hash.", EdgeCode.BAD_USER_INPUT)
    return digest.lower()


def _error(message: str, code: EdgeCode) -> GraphQLError:
    return GraphQLError(message, extensions={"code": code})
