"""The base of all settings classes: how fields are named as variables, and read."""

from typing import Annotated, ClassVar, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict

T = TypeVar("T")


def _split(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


CommaSeparated = Annotated[tuple[T, ...], BeforeValidator(_split)]
"""Several values in one variable, separated by commas."""


class Section(BaseModel):
    """The settings of one subject; a field's variable is the prefix and the field's name in capitals."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    prefix: ClassVar[str] = "CHAPPE_"

    @classmethod
    def variable(cls, field: str) -> str:
        """Return the environment variable that a field is read from."""
        return f"{cls.prefix}{field.upper()}"
