"""Error messages without the values in them, because a value may be a password."""

import re

# The quotations of graphql-core, each with its replacement. A value may contain anything, even quotes and
# line breaks.
_QUOTED = tuple(
    (re.compile(pattern, re.DOTALL), kept)
    for pattern, kept in (
        (r"(?:[,;]|(?<=\?)) [Ff]ound: .*", "."),
        (r"(cannot represent [a-zA-Z0-9 -]*value): .*?( Did you mean [^\n]*\?)?$", r"\1.\2"),
        (r"Value '.*' does not exist in '", "This value does not exist in '"),
        (r"\b(String|BlockString|Int|Float|Name|Comment) '.*'(?=\.$| is reserved)", r"\1"),
        (r"( escape sequence): '.*'", r"\1"),
        (r", did you mean '[0-9.]*'\?", "."),
        (r"\?\.$", "?"),
        ("not to be None", "not to be null"),
    )
)


MAX_CHARS = 2_000
"""A longer message quotes a client's value, which may be built to make the search for its end very slow."""


def without_values(message: str) -> str:
    """Return a message of graphql-core without the values that it quotes; the error has their location."""
    message = message[:MAX_CHARS]
    for pattern, kept in _QUOTED:
        message = pattern.sub(kept, message)
    return message
