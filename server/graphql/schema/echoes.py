"""Error messages without the values that they are about: one of them may be a password."""

import re

# What graphql-core quotes, each with what stays of it. A value may hold anything, quotes and line breaks too.
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
"""What is longer quotes something of a stranger's, who may have made it so that looking for its end takes for ever."""


def without_values(message: str) -> str:
    """Return a message of graphql-core without the values that it quotes; where they stand is told beside it."""
    message = message[:MAX_CHARS]
    for pattern, kept in _QUOTED:
        message = pattern.sub(kept, message)
    return message
