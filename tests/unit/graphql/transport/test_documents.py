"""Documents are checked once, and none that asks for too much gets through."""

import gc

import pytest
from graphql import NoSchemaIntrospectionCustomRule, OperationType, Token

from server.graphql.schema.errors import coded
from server.graphql.schema.schema import accesses, core_schema
from server.graphql.transport import documents
from server.graphql.transport.documents import Document, DocumentCache
from server.graphql.transport.limits import Limits
from server.graphql.transport.pricing import Price

LIMIT, PARSE, VALIDATE = "GRAPHQL_LIMIT_EXCEEDED", "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"


def _cache(*, hide_suggestions: bool = False, limits: Limits | None = None) -> DocumentCache:
    return DocumentCache(core_schema, accesses, limits or Limits(), hide_suggestions=hide_suggestions)


def _get(cache: DocumentCache, text: str) -> Document:
    """Return a document as for a request."""
    document = cache.find(text)
    if document is None:
        document = cache.look_over(text)
        cache.keep(text, document)
    return document


def _code(text: str) -> str:
    """Return the only code that a document is refused with."""
    errors = _cache().look_over(text).errors
    [code] = {str((coded(error).extensions or {})["code"]) for error in errors}
    return code


def _chain(length: int) -> str:
    fragments = [f"fragment F{number} on Query {{ ...F{number + 1} }}" for number in range(length)]
    return " ".join(["{ ...F0 }", *fragments, f"fragment F{length} on Query {{ __typename }}"])


REFUSED = {
    "ten thousand aliases": ("{" + " ".join(f"a{n}: __typename" for n in range(10_000)) + "}", LIMIT),
    "a hundred aliases": ("{" + " ".join(f"a{n}: __typename" for n in range(100)) + "}", LIMIT),
    "deep nesting": ("{ a" * 30 + " }" * 30, LIMIT),
    "very deep nesting": ("{ a" * 2_000 + " }" * 2_000, PARSE),
    "inline fragments": ("{" + "... {" * 2_000 + "a" + "}" * 2_001, PARSE),
    "a deep list": ("{ nodes(ids: " + "[" * 2_000 + "]" * 2_000 + ") { id } }", PARSE),
    "a deep object": ("{ nodes(ids: " + "{a: " * 900 + "1" + "}" * 900 + ") { id } }", PARSE),
    "a deep type": ("query ($a: " + "[" * 2_000 + "Int" + "]" * 2_000 + ") { a }", PARSE),
    "a huge list": ("{ nodes(ids: [" + "1 " * 10_000 + "]) { id } }", PARSE),
    "many directives": ("{ __typename " + "@skip(if: true) " * 100 + "}", LIMIT),
    "directives of an operation": ("query " + "@a " * 100 + "{ __typename }", LIMIT),
    "directives of a variable": ("query ($a: Int " + "@a " * 100 + ") { __typename }", LIMIT),
    "many fields": ("{" + " __typename" * 401 + "}", LIMIT),
    "fields of a fragment that nothing spreads": (
        "{ __typename } fragment F on Query {" + " __typename" * 401 + "}",
        LIMIT,
    ),
    "a long chain of fragments": (_chain(600), PARSE),
    "many fragments": (_chain(100), LIMIT),
    "many operations": (" ".join(f"query Q{n} {{ __typename }}" for n in range(21)), LIMIT),
    "one field many times": ("{ pttCode(code: 1) {" + " code" * 199 + " } }", LIMIT),
    "one object many times": ("{" + " pttCode(code: 1) { code }" * 100 + " }", LIMIT),
    "a cycle of fragments": ("{ ...F } fragment F on Query { viewer { name } ...F }", VALIDATE),
    "a cycle of two": (
        "{ ...F } fragment F on Query { ...G } fragment G on Query { ...F __typename }",
        VALIDATE,
    ),
    "an unknown fragment": ("{ ...F }", VALIDATE),
    "many characters": ("{ __typename }" + " " * 100_000, LIMIT),
    "many comments": ("#\n" * 5_001 + "{ __typename }", PARSE),
    "a huge integer": ("{ pttCode(code: " + "9" * 5_000 + ") { code } }", "BAD_USER_INPUT"),
    "a huge page": ("{ accounts(first: " + "9" * 5_000 + ") { nodes { name } } }", "BAD_USER_INPUT"),
    "nothing": ("", PARSE),
    "a NUL": ('{ account(name: "\\u0000") { name } }', "BAD_USER_INPUT"),
    "a type definition": ("type A { a: Int }", VALIDATE),
    "a subscription to two": (
        'subscription { a: deliveryStatusChanged(account: "a") { status } b: deliveryStatusChanged(account: "a") { status } }',
        VALIDATE,
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_refused(kind: str) -> None:
    """Each gets a code, whichever bound it exceeds."""
    text, code = REFUSED[kind]
    assert _code(text) == code


def test_fragments_that_multiply_are_refused() -> None:
    """A few hundred characters that expand to millions of fields are refused for their fields."""
    fragments = [f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(30)]
    text = " ".join(["{ ...F0 }", *fragments, "fragment F30 on Query { __typename }"])
    [error] = _cache().look_over(text).errors
    assert f"fields {2**30}" in error.message


def test_a_chain_that_is_too_long_to_follow_is_refused() -> None:
    """Even if many tokens are allowed, a chain of fragments must not exhaust the stack."""
    [error] = (
        _cache(limits=Limits(chars=100_000, tokens=100_000, fragments=2_000)).look_over(_chain(1_500)).errors
    )
    assert (error.extensions or {})["code"] == LIMIT
    assert "nested too deeply" in error.message


def test_errors_have_a_bound() -> None:
    """A document with hundreds of mistakes gets a few errors."""
    text = "{" + " ".join(f"nothing{number}" for number in range(300)) + "}"
    assert len(_cache().look_over(text).errors) == Limits().errors + 1


def test_names_are_suggested_only_where_they_may_be() -> None:
    """A suggested name would tell strangers about the schema."""
    open_, closed = (
        _cache(hide_suggestions=hidden).look_over("{ viewerr { name } }") for hidden in (False, True)
    )
    assert "viewer" in open_.errors[0].message.replace("viewerr", "")
    assert "viewer" not in closed.errors[0].message.replace("viewerr", "")


def test_further_rules_are_applied() -> None:
    """Introspection can be refused."""
    cache = DocumentCache(
        core_schema, accesses, Limits(), hide_suggestions=True, extra_rules=[NoSchemaIntrospectionCustomRule]
    )
    assert _get(cache, "{ __schema { types { name } } }").errors
    assert not _get(cache, "{ __typename }").errors


def test_a_document_is_looked_over_once() -> None:
    """Valid or not, the second time it is only looked up."""
    cache = _cache()
    for text in ("{ __typename }", "{ nothing }", "{"):
        assert _get(cache, text) is _get(cache, text)
    assert (cache.hits, cache.misses) == (3, 3)


def test_a_document_that_is_too_long_is_not_kept() -> None:
    """Otherwise memory would fill with documents that nobody executes."""
    cache = _cache(limits=Limits(chars=20))
    for _ in range(2):
        assert _get(cache, "{ __typename }" + " " * 20).errors
    assert (cache.hits, cache.misses) == (0, 2)


def test_the_least_recently_used_is_forgotten() -> None:
    """After a thousand others a document is checked again, unless it was used in between."""
    cache = _cache()
    used, unused = "{ used: __typename }", "{ unused: __typename }"
    for text in (used, unused, *(f"{{ a{number}" for number in range(documents.CACHED_DOCUMENTS - 1)), used):
        _get(cache, text)
        _get(cache, used)
    misses = cache.misses
    _get(cache, used)
    assert cache.misses == misses
    _get(cache, unused)
    assert cache.misses == misses + 1


def test_all_kept_together_have_a_bound() -> None:
    """The longest documents are forgotten sooner."""
    cache = _cache()
    kept = documents.CACHED_CHARS // Limits().chars
    texts = [f"{{ a{number} " + " " * (Limits().chars - 20) for number in range(kept + 2)]
    for text in [*texts, texts[-1], texts[0]]:
        _get(cache, text)
    assert (cache.hits, cache.misses) == (1, len(texts) + 1)


def test_operations_are_found_by_name() -> None:
    """Without a name only if there is a single one."""
    alone = _cache().look_over("query A { __typename }")
    beside = _cache().look_over("query A { __typename } mutation B { signOut { signedOut } }")
    assert alone.operation(None) is alone.operation("A") is not None
    assert alone.operation("B") is None
    assert beside.operation(None) is None
    found = beside.operation("B")
    assert found is not None
    assert (found.name, found.type, found.price.of({})) == ("B", OperationType.MUTATION, Price(11, kept=10))
    anonymous = _cache().look_over("{ __typename }").operation(None)
    assert anonymous is not None
    assert (anonymous.name, anonymous.type) == (None, OperationType.QUERY)


def test_the_tokens_of_a_document_are_not_kept() -> None:
    """They take half of its memory, and each garbage collection would inspect them."""

    def tokens() -> int:
        return sum(type(object_) is Token for object_ in gc.get_objects())

    gc.collect()
    before = tokens()
    document = _cache().look_over("{ viewer { name } }")
    assert document.operations
    assert tokens() == before
