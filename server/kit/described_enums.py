"""Enums whose members carry their meaning, which the API shows as the members' descriptions."""

from enum import IntEnum, StrEnum
from typing import Self

# The description has a default for type checkers only, which take `Enum(value)`, the look-up of a member,
# for a call of `__new__`.


class DescribedStr(StrEnum):
    """A string enum whose members are written as `NAME = value, description`."""

    _value_: str
    description: str

    def __new__(cls, value: str, description: str = "") -> Self:
        """Keep the description beside the value; without one, the class is refused (TypeError)."""
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
        """Keep the description beside the value; without one, the class is refused (TypeError)."""
        _check_described(value, description)
        member = int.__new__(cls, value)
        member._value_ = value
        member.description = description
        return member


def _check_described(value: object, description: str) -> None:
    if not description:
        msg = f"the member with value {value!r} has no description"
        raise TypeError(msg)
