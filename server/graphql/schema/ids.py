"""Relay's object identification: one opaque id for each thing that can be fetched again."""

import re

import strawberry

from server.errors import InvalidInput, about
from server.graphql.schema.access import TYPE_ACCESS, Access, field
from server.kit.ids import decode_node_id, encode_node_id

_KEY = re.compile(r"0|[1-9][0-9]{0,18}")


@strawberry.interface(description="Something with an id of its own, by which `node` finds it again.")
class Node:
    """What `node` can return."""

    id: strawberry.ID = field(description="Opaque, and the same for as long as the thing exists.")


setattr(Node, TYPE_ACCESS, Access.SIGNED_IN)


def node_id(kind: str, key: int) -> strawberry.ID:
    """Return the id of a thing of a kind."""
    return strawberry.ID(encode_node_id(kind, key))


def key_of(node: str, kind: str) -> int:
    """Return the key that an id of this kind holds.

    Raises:
        InvalidInput: the id is malformed or of another kind.
    """
    with about("id"):
        actual, key = parse_node_id(node)
    if actual != kind:
        raise InvalidInput(f"This is not the id of a {kind}.", field=("id",))
    return key


def message_number(text: str) -> int:
    """Return the key of the message that is shown under this number.

    Raises:
        InvalidInput: it is no number of decimal digits.
    """
    if _KEY.fullmatch(text) is None or int(text) >= 2**63:
        raise InvalidInput("A message's number is written in decimal digits.", field=("number",))
    return int(text)


def parse_node_id(node: str) -> tuple[str, int]:
    """Return the kind and the key that an id holds.

    Raises:
        InvalidInput: the id is malformed.
    """
    kind, key = decode_node_id(node)
    if _KEY.fullmatch(key) is None or int(key) >= 2**63:
        raise InvalidInput("This id is malformed.")
    return kind, int(key)
