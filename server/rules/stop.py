"""STOP: how a receiver asks for it, and how a message tells that it can be asked for."""

from server.rules.free_texts import is_blank

_PUNCTUATION = ".,;:!?…\"'"


def is_stop(text: str) -> bool:
    """Tell whether an incoming text is STOP and nothing else, in any case, maybe with punctuation after."""
    return text.strip().rstrip(_PUNCTUATION).rstrip().lower() == "stop"


def append_clause(body: str, clause: str, *, no_stop: bool) -> str:
    """Return the text that is sent: the body and, unless it is no advertising, the clause on a new line.

    A blank clause adds nothing. Neither does any to a blank body, which thus stays refusable as empty.
    """
    clause = clause.strip()
    return body if no_stop or not clause or is_blank(body) else f"{body}\n{clause}"
