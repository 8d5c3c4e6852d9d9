"""Relay's object identification: one opaque id for each object that can be fetched again."""

import re

import strawberry

from server.errors import InvalidInput, about
from server.graphql.schema.access import TYPE_ACCESS, Access, field
from server.kit.ids import decode_node_id, encode_node_id

_KEY = re.compile(r"0|[1-9][0-9]{0,18}")


@strawberry.interface(description="An object with an id by which `node` can fetch it again.")
class Node:
    """Anything that `node` can return."""

    id: strawberry.ID = field(description="An opaque id. It never changes.")


setattr(Node, TYPE_ACCESS, Access.SIGNED_IN)


def node_id(kind: str, key: int) -> strawberry.ID:
    """Return the id of an object of a kind."""
    return strawberry.ID(encode_node_id(kind, key))


def key_of(node: str, kind: str) -> int:
    """Return the key in an id of this kind.

    Raises:
        InvalidInput: the id is malformed or of another kind.
    """
    with about("id"):
        actual, key = parse_node_id(node)
    if actual != kind:
        raise InvalidInput(f"This is not the id of a {kind}.", field=("id",))
    return key


def message_number(text: str) -> int:
    """Return the key of the message with this number.

    Raises:
        InvalidInput: it is not a number in decimal digits.
    """
    if _KEY.fullmatch(text) is None or int(text) >= 2**63:
        raise InvalidInput("A message's number has to be decimal digits.", field=("number",))
    return int(text)


def parse_node_id(node: str) -> tuple[str, int]:
    """Return the kind and the key in an id.

    Raises:
        InvalidInput: the id is malformed.
    """
    kind, key = decode_node_id(node)
    if _KEY.fullmatch(key) is None or int(key) >= 2**63:
        raise InvalidInput("This id is malformed.")
    return kind, int(key)
