"""Enums whose members have a description, which the API shows."""

from enum import IntEnum, StrEnum
from typing import Self

# The description has a default only for type checkers, which treat `Enum(value)`, the look-up of a member, as
# a call of `__new__`.


class DescribedStr(StrEnum):
    """A string enum whose members are written as `NAME = value, description`."""

    _value_: str
    description: str

    def __new__(cls, value: str, description: str = "") -> Self:
        """Store the description with the value; without one, creating the class fails (TypeError)."""
        _check_described(value, description)
        member = str.__new__(cls, value)
        member._value_ = value
        member.description = description
        return member


class DescribedInt(IntEnum):
    """An integer enum whose members are written as `NAME = value, description`."""

    _value_: int
    description: str

    def __new__(cls, value: int, description: str = "") -> Self:
        """Store the description with the value; without one, creating the class fails (TypeError)."""
        _check_described(value, description)
        member = int.__new__(cls, value)
        member._value_ = value
        member.description = description
        return member


def _check_described(value: object, description: str) -> None:
    if not description:
        msg = f"the member with value {value!r} has no description"
        raise TypeError(msg)
