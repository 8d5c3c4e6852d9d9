"""Meaningless, expensive documents of each kind, in any size, and plain ones for comparison."""

from collections.abc import Callable
from functools import cache

from graphql import GraphQLError, parse

from server.graphql.transport.limits import Limits, Measurer, check_shape

ROOT = 'user(account: "sms-demo-1", login: "monitoring") { login enabled quota { enabled left } callback { url } }'
MAX_PLAIN = 4_900
"""The characters of the longest plain document within the bounds, plus an incomplete last root."""


def _repeated(text: str, count: int, separator: str = " ") -> str:
    return separator.join(text.replace("#", str(number)) for number in range(count))


def plain(chars: int) -> str:
    """Return a document of at least this many characters, as a frontend might send."""
    roots: list[str] = []
    while sum(map(len, roots)) < chars:
        roots.append(f"a{len(roots)}: {ROOT}")
    return "{ " + " ".join(roots) + " }"


KINDS: dict[str, Callable[[int], str]] = {
    "one leaf repeated": lambda n: f"{{ pttCode(code: 1) {{ {_repeated('code', n)} }} }}",
    "one alias repeated": lambda n: f"{{ pttCode(code: 1) {{ {_repeated('a: code', n)} }} }}",
    "one object repeated": lambda n: f"{{ {_repeated('pttCode(code: 1) { code }', n)} }}",
    "one list of arguments repeated": lambda n: (
        f"{{ {_repeated('pttCodes(codes: [1, 2, 3, 4, 5]) { code }', n)} }}"
    ),
    "one object within another repeated": lambda n: (
        f"{{ {_repeated('accounts { nodes { users { nodes { quota { left } } } } }', n)} }}"
    ),
    "fragments side by side": lambda n: (
        f"{{ {_repeated('...F#', n)} }} {_repeated('fragment F# on Query { __typename }', n)}"
    ),
    "fragments side by side in nothing": lambda n: (
        f"{{ nope_ {{ {_repeated('...F#', n)} }} }} {_repeated('fragment F# on Query { __typename }', n)}"
    ),
    "fragments of objects side by side": lambda n: (
        f"{{ {_repeated('...F#', n)} }} "
        f"{_repeated('fragment F# on Query { pttCode(code: 1) { code final } }', n)}"
    ),
    "fragments in a chain": lambda n: (
        f"{{ ...F0 }} {' '.join(f'fragment F{i} on Query {{ ...F{i + 1} }}' for i in range(n))} "
        f"fragment F{n} on Query {{ __typename }}"
    ),
    "fragments in a circle": lambda n: (
        f"{{ ...F0 }} {' '.join(f'fragment F{i} on Query {{ ...F{(i + 1) % n} }}' for i in range(n))}"
    ),
    "fragments that spread all others": lambda n: (
        "{ ...F0 } " + " ".join(f"fragment F{i} on Query {{ {_repeated('...F#', n)} }}" for i in range(n))
    ),
    "fragments that spread all later ones": lambda n: (
        "{ ...F0 } "
        + " ".join(
            f"fragment F{i} on Query {{ __typename {' '.join(f'...F{j}' for j in range(i + 1, n))} }}"
            for i in range(n)
        )
    ),
    "fragments that nothing spreads": lambda n: (
        f"{{ __typename }} {_repeated('fragment F# on Query { __typename }', n)}"
    ),
    "operations that spread one chain": lambda n: (
        f"{_repeated('query Q# { ...F0 }', min(n, Limits().operations))} "
        f"{' '.join(f'fragment F{i} on Query {{ ...F{i + 1} }}' for i in range(n))} "
        f"fragment F{n} on Query {{ __typename }}"
    ),
    "operations with variables of one chain": lambda n: (
        f"{_repeated('query Q#($v: Int!) { ...F0 }', min(n, Limits().operations))} "
        f"{' '.join(f'fragment F{i} on Query {{ pttCode(code: $v) {{ code }} ...F{i + 1} }}' for i in range(n))} "
        f"fragment F{n} on Query {{ __typename }}"
    ),
    "operations": lambda n: _repeated("query Q# { __typename }", n),
    "inline fragments": lambda n: f"{{ {_repeated('... { __typename }', n)} }}",
    "inline fragments of one type": lambda n: (
        f"{{ node(id: 1) {{ {_repeated('... on User { quota { left } }', n)} }} }}"
    ),
    "unknown fields": lambda n: f"{{ {_repeated('nope#', n)} }}",
    "unknown fields with long names": lambda n: f"{{ {_repeated('nope#' + 'x' * 200, n)} }}",
    "unknown types": lambda n: f"{{ node(id: 1) {{ {_repeated('... on Usor# { login }', n)} }} }}",
    "unknown arguments": lambda n: f"{{ pttCode({_repeated('c#: 1', n)}) {{ code }} }}",
    "unknown spreads": lambda n: f"{{ {_repeated('...F#', n)} }}",
    "unknown input fields": lambda n: (
        f"{{ users(filter: {{ {_repeated('nope#: 1', n)} }}) {{ nodes {{ login }} }} }}"
    ),
    "unknown enum values": lambda n: (
        f"{{ users(orderBy: {{ {_repeated('field: NOPE', n)} }}) {{ nodes {{ login }} }} }}"
    ),
    "unknown variables": lambda n: f"{{ pttCodes(codes: [{_repeated('$v#', n)}]) {{ code }} }}",
    "one argument repeated": lambda n: f"{{ pttCode({_repeated('code: 1', n)}) {{ code }} }}",
    "unused variables": lambda n: f"query ({_repeated('$v#: Int', n)}) {{ __typename }}",
    "a long list": lambda n: f"{{ pttCodes(codes: [{_repeated('1', n)}]) {{ code }} }}",
    "a long list of the wrong kind": lambda n: f"{{ pttCodes(codes: [{_repeated('A', n)}]) {{ code }} }}",
    "a deep list": lambda n: f"{{ pttCodes(codes: {'[' * n}1{']' * n}) {{ code }} }}",
    "the schema": lambda n: f"{{ {_repeated('a#: __schema { types { name fields { name } } }', n)} }}",
    "escapes": lambda n: '{ user(account: "' + "\\u0041" * n + '", login: "b") { login } }',
    "a block of lines": lambda n: '{ user(account: """' + "\n a" * n + '""", login: "b") { login } }',
    "a long name": lambda n: "{ " + "a" * n + ": __typename }",
    "nothing": lambda n: "{ __typename }" + "," * n,
    "comments": lambda n: "{ __typename }" + "#\n" * n,
}


@cache
def sizes(kind: str) -> list[str]:
    """Return documents of a kind, doubling in size up to the bounds on tokens and shape."""
    limits, counts = Limits(), [1]
    while _passes(KINDS[kind](counts[-1] * 2), limits):
        counts.append(counts[-1] * 2)
    low, high = counts[-1], counts[-1] * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _passes(KINDS[kind](middle), limits) else (low, middle)
    return [KINDS[kind](count) for count in [*counts, low]]


def _passes(text: str, limits: Limits) -> bool:
    if len(text) > limits.chars:
        return False
    try:
        check_shape(
            Measurer(parse(text, max_tokens=limits.tokens, max_comments=limits.tokens)).whole(), limits
        )
    except GraphQLError:
        return False
    return True
