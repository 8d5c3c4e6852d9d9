"""The messages of graphql-transport-ws, and the codes with which a connection ends."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import orjson

from server.graphql.schema.texts import is_fit
from server.graphql.transport.answers import GraphqlResponse
from server.graphql.transport.json_body import BadJson
from server.store.outages import is_outage

GOING_AWAY = 1001
TRY_AGAIN_LATER = 1013
BAD_REQUEST = 4400
UNAUTHORIZED = 4401
FORBIDDEN = 4403
SUBPROTOCOL_NOT_ACCEPTABLE = 4406
INIT_TIMEOUT = 4408
SUBSCRIBER_EXISTS = 4409
TOO_MANY_INITS = 4429
INTERNAL_ERROR = 4500


class Closed(Exception):
    """The connection is to end, with this code; None where the client has gone."""

    def __init__(self, code: int | None, reason: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@contextmanager
def closing_when_unable() -> Iterator[None]:
    """End the connection where the database can't say who is calling: rights that can't be seen are none."""
    try:
        yield
    except Exception as error:
        if not is_outage(error):
            raise
        raise unable() from error


def forbidden() -> Closed:
    """Return how the connection of a caller ends who has no rights any more."""
    return Closed(FORBIDDEN, "Forbidden")


def unable() -> Closed:
    """Return how a connection ends whose caller can't be looked up."""
    return Closed(TRY_AGAIN_LATER, "The server can't at present: try again")


def next_text(id_: str, answer: GraphqlResponse) -> bytes:
    """Return the message that bears an answer to the operation with this id."""
    return b'{"id":' + orjson.dumps(id_) + b',"type":"next","payload":' + answer.json + b"}"


def id_of(message: Mapping[str, Any]) -> str:
    """Return the id of the operation that a message is about.

    Raises:
        BadJson: it has none.
    """
    id_ = message.get("id")
    if not isinstance(id_, str) or not id_ or not is_fit(id_):
        raise BadJson("An id is a string of some characters")
    return id_


def payload_of(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return the payload under its own name, if there is one; it is an object or null."""
    payload = message.get("payload")
    if payload is not None and not isinstance(payload, dict):
        raise BadJson("A payload is an object")
    return {"payload": payload} if payload is not None else {}


def first_of(group: BaseExceptionGroup[Closed]) -> Closed:
    """Return what ended the connection first: a client that has gone is told nothing."""
    for error in group.exceptions:
        return first_of(error) if isinstance(error, BaseExceptionGroup) else error
    raise AssertionError
