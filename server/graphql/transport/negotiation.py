"""Choosing the media type of an answer (RFC 9110, section 12.5.1)."""

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"
EVENT_STREAM = "text/event-stream"
OFFERED = (JSON, GRAPHQL_RESPONSE, EVENT_STREAM)
MAX_RANGES = 50


def best_type(accept: str | None) -> str | None:
    """Return the media type to answer with, or None where the client accepts none that is offered.

    A client that accepts anything gets application/json, which all of them read. A stream is given
    only to a client that accepts no JSON: some name it in every request and do not mean it.
    """
    if accept is None or not accept.strip():
        return JSON
    ranges = [parsed for part in accept.split(",")[:MAX_RANGES] if (parsed := _range(part)) is not None]
    qualities = {type_: _quality(type_, ranges) for type_ in OFFERED}
    json_types = [type_ for type_ in (JSON, GRAPHQL_RESPONSE) if qualities[type_] > 0]
    if json_types:
        # At equal quality the one that the client names first, and else application/json.
        named = [name for name, _ in ranges]
        return max(json_types, key=lambda type_: (qualities[type_], -_place(type_, named)))
    return EVENT_STREAM if qualities[EVENT_STREAM] > 0 else None


def _range(text: str) -> tuple[str, float] | None:
    """Return a media range and its quality; one whose parameters name another charset is not met."""
    name, *parameters = (part.strip().lower() for part in text.split(";"))
    quality = 1.0
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            try:
                quality = min(max(float(value), 0.0), 1.0)
            except ValueError:
                return None
        elif key.strip() == "charset" and value.strip().strip('"') not in {"utf-8", "utf8"}:
            return None
    return (name, quality) if "/" in name else None


def _quality(type_: str, ranges: list[tuple[str, float]]) -> float:
    """Return the quality of the most specific range that a type is in."""
    for pattern in (type_, type_.partition("/")[0] + "/*", "*/*"):
        qualities = [quality for name, quality in ranges if name == pattern]
        if qualities:
            return max(qualities)
    return 0.0


def _place(type_: str, named: list[str]) -> int:
    return named.index(type_) if type_ in named else len(named) + OFFERED.index(type_)
