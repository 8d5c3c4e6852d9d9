"""The scalars of the schema, and enums whose members have their own descriptions."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, NewType, TypeVar

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.scalar import ScalarDefinition, scalar

from server.errors import ErrorCode, InvalidInput
from server.kit.clock import from_datetime, to_datetime
from server.kit.credits import format_credits, parse_credits

E = TypeVar("E", bound=Enum)

Credits = NewType("Credits", int)
DateTime = NewType("DateTime", int)
PhoneNumber = NewType("PhoneNumber", str)
IPAddress = NewType("IPAddress", str)
URL = NewType("URL", str)
CountryCode = NewType("CountryCode", str)

MAX_TEXT = 4_000

_E164 = re.compile(r"\+[1-9][0-9]{4,14}")
_RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


TIME_FORM = "A time has to be in RFC 3339 format, like 2026-11-22T15:30:00Z."


@dataclass(frozen=True, slots=True)
class Malformed:
    """Stands for a value that its scalar could not read: see `server.graphql.schema.malformed_values`."""

    error: InvalidInput


def _reading(parse: Callable[[object], object]) -> Callable[[object], object]:
    """Let a scalar read what it can, and mark the rest for the field that gets it.

    A scalar that raised an error would stop the whole request, like a document that is not GraphQL.
    """

    def read(value: object) -> object:
        try:
            return parse(value)
        except InvalidInput as error:
            return Malformed(error)

    return read


def _parse_credits(value: object) -> int:
    if not isinstance(value, str):
        raise InvalidInput('Credits have to be a decimal string, like "49.5".', code=ErrorCode.INVALID_AMOUNT)
    return parse_credits(value)


def _format_time(us: int) -> str:
    moment = to_datetime(us)
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_time(value: object) -> int:
    """Return an RFC 3339 time in microseconds.

    Raises:
        InvalidInput: INVALID_DATE.
    """
    if not isinstance(value, str) or _RFC_3339.fullmatch(value) is None:
        raise InvalidInput(TIME_FORM, code=ErrorCode.INVALID_DATE)
    try:
        # A time whose offset moves it out of the years 1 to 9999 can't be shown in UTC.
        return from_datetime(datetime.fromisoformat(value.upper()).astimezone(UTC))
    except (ValueError, OverflowError) as error:
        raise InvalidInput(TIME_FORM, code=ErrorCode.INVALID_DATE) from error


def _text(code: ErrorCode) -> Callable[[object], object]:
    # The operation checks the content.
    def parse(value: object) -> str:
        if not isinstance(value, str) or len(value) > MAX_TEXT:
            raise InvalidInput(f"This has to be a string of at most {MAX_TEXT} characters.", code=code)
        return value

    return _reading(parse)


def phone_number(address: str) -> PhoneNumber | None:
    """Return an address as a phone number, or None if it is not in E.164 (like a short code or a name)."""
    return PhoneNumber(address) if _E164.fullmatch(address) else None


def _format_phone_number(number: str) -> str:
    if _E164.fullmatch(number) is None:
        msg = "a phone number in the database is not in E.164"
        raise ValueError(msg)
    return number


def _country(value: object) -> str:
    if not isinstance(value, str) or not (len(value) == len("FR") and value.isascii() and value.isalpha()):
        raise InvalidInput("A country has to be its two letters in ISO 3166-1, like FR.")
    return value.upper()


SCALARS: dict[object, ScalarDefinition] = {
    Credits: scalar(
        name="Credits",
        description=('An exact amount of credits as a decimal string with at most three decimals: "49.5".'),
        serialize=format_credits,
        parse_value=_reading(_parse_credits),
    ),
    DateTime: scalar(
        name="DateTime",
        description="A time in RFC 3339 format. Answers are in UTC; inputs may have any offset.",
        specified_by_url="https://datatracker.ietf.org/doc/html/rfc3339",
        serialize=_format_time,
        parse_value=_reading(parse_time),
    ),
    PhoneNumber: scalar(
        name="PhoneNumber",
        description='A telephone number in E.164 with its plus sign: "+33612345678".',
        specified_by_url="https://www.itu.int/rec/T-REC-E.164",
        serialize=_format_phone_number,
        parse_value=_text(ErrorCode.INVALID_PHONE_NUMBER),
    ),
    IPAddress: scalar(
        name="IPAddress",
        description="An IPv4 or IPv6 address in its canonical form.",
        serialize=str,
        parse_value=_text(ErrorCode.INVALID_IP_ADDRESS),
    ),
    URL: scalar(
        name="URL",
        description="An absolute http or https URL.",
        specified_by_url="https://datatracker.ietf.org/doc/html/rfc3986",
        serialize=str,
        parse_value=_text(ErrorCode.INVALID_URL),
    ),
    CountryCode: scalar(
        name="CountryCode",
        description="A country code, two letters of ISO 3166-1: FR.",
        serialize=str,
        parse_value=_reading(_country),
    ),
}


def described_enum(enum: type[E], name: str | None = None) -> type[E]:
    """Add an enum to the schema, with its docstring and its members' texts as descriptions."""
    declared = strawberry.enum(enum, name=name, description=(enum.__doc__ or "").strip())
    definition: StrawberryEnumDefinition = declared.__strawberry_definition__  # type: ignore[attr-defined]
    for value in definition.values:
        described: Any = enum[value.name]
        value.description = described.description
    return declared
