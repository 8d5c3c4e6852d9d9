"""Enums that carry their descriptions."""

import copy
import json

import pytest

from server.kit.described_enums import DescribedInt, DescribedStr


class Colour(DescribedStr):
    """A string enum for the tests."""

    RED = "red", "Like blood."


class Level(DescribedInt):
    """An integer enum for the tests."""

    LOW = 4, "Hardly anything."


def test_string_member_is_its_value_and_has_a_description() -> None:
    """A string member compares, prints and parses as its value, and has its description."""
    assert {Colour.RED: 1} == {"red": 1}
    assert f"{Colour.RED}" == "red"
    assert Colour("red") is Colour.RED
    assert Colour.RED.value == "red"
    assert Colour.RED.description == "Like blood."


def test_integer_member_is_its_value_and_has_a_description() -> None:
    """An integer member compares, prints and parses as its number, and has its description."""
    assert {Level.LOW: 1} == {4: 1}
    assert f"{Level.LOW}" == "4"
    assert Level(4) is Level.LOW
    assert Level.LOW.value == 4
    assert Level.LOW.description == "Hardly anything."


def test_a_member_without_a_description_is_refused() -> None:
    """A class with an undescribed member can't be created, so none reaches the API."""
    with pytest.raises(TypeError, match=r"^the member with value 'red' has no description$"):

        class BareColour(DescribedStr):
            RED = "red"

    with pytest.raises(TypeError, match=r"^the member with value 4 has no description$"):

        class BareLevel(DescribedInt):
            LOW = 4


def test_members_survive_copies_and_json() -> None:
    """A member stays the same object when copied, and is its plain value in JSON."""
    assert copy.deepcopy(Level.LOW) is Level.LOW
    assert json.dumps([Colour.RED, Level.LOW]) == '["red", 4]'
