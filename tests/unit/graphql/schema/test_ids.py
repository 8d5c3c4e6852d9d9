"""Global ids."""

import pytest

from server.errors import InvalidInput
from server.graphql.schema.ids import key_of, node_id, parse_node_id
from server.kit.ids import encode_node_id


def test_an_id_names_a_kind_and_a_key() -> None:
    """The parts of an id can be read from it."""
    assert parse_node_id(node_id("User", 7)) == ("User", 7)
    assert key_of(node_id("User", 2**63 - 1), "User") == 2**63 - 1


def test_an_id_of_another_kind_is_refused() -> None:
    """A message's id does not work for a user."""
    with pytest.raises(InvalidInput, match="not the id of a User") as caught:
        key_of(node_id("Message", 7), "User")
    assert caught.value.field == ("id",)


@pytest.mark.parametrize("key", ["x", "-1", "1.5", str(2**63), "9" * 100, "0x7", "007"])
def test_a_key_that_no_row_has_is_refused(key: str) -> None:
    """A key that is not a number of 63 bits, or has a second spelling, never reaches the database."""
    with pytest.raises(InvalidInput):
        parse_node_id(encode_node_id("User", key))


@pytest.mark.parametrize("text", ["", "x", "User:7", "💬", "VXNlcjo3=", "x" * 5_000])
def test_what_is_no_id_is_refused(text: str) -> None:
    """A text that is not an id of this server is invalid input."""
    with pytest.raises(InvalidInput):
        parse_node_id(text)
