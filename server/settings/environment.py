"""Reads the settings from environment variables, and describes each variable."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from server.kit.redaction import MASK, redact_url
from server.settings import Settings
from server.settings.section import Section

OTHERS = frozenset({"CHAPPE_ADMIN_PASSWORD", "CHAPPE_OLD_SECRET_KEY"})
"""Variables that only one command reads."""
LINKS = "CHAPPE_LINK_"
"""The prefix of variables that hold a link's password and URL."""


class UnknownVariable(ValueError):
    """A variable has our prefix but is not a setting; the text suggests the nearest name."""


@dataclass(frozen=True, slots=True)
class Variable:
    """An environment variable, and the field that it sets: of a section, or of Settings (None)."""

    name: str
    section: str | None
    field: str
    info: FieldInfo

    @property
    def default(self) -> str:
        """The default, written as the variable's value; empty if there is none."""
        return shown(self.info.default)

    def value(self, settings: Settings) -> str:
        """Return the value in force, written as the variable's value, secrets masked."""
        owner = settings if self.section is None else getattr(settings, self.section)
        return shown(getattr(owner, self.field))


def variables() -> Iterator[Variable]:
    """Yield every variable, in the order of the sections and their fields."""
    for name, info in Settings.model_fields.items():
        kind = info.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            for field, its in kind.model_fields.items():
                yield Variable(kind.variable(field), name, field, its)
        else:
            yield Variable(Settings.variable(name), None, name, info)


def read(environment: Mapping[str, str]) -> Settings:
    """Return the settings from an environment.

    Raises:
        UnknownVariable: a `CHAPPE_*` variable is not a setting.
        ValidationError: a value has the wrong form.
    """
    given: dict[str, Any] = {}
    known = {variable.name: variable for variable in variables()}
    for name, value in environment.items():
        if name in known:
            variable = known[name]
            owner = given if variable.section is None else given.setdefault(variable.section, {})
            owner[variable.field] = value
        elif name.startswith(Section.prefix) and not name.startswith(LINKS) and name not in OTHERS:
            others = [other.removeprefix(Section.prefix) for other in (*known, *OTHERS)]
            nearest = get_close_matches(name.removeprefix(Section.prefix), others, n=1)
            hint = f" Did you mean {Section.prefix}{nearest[0]}?" if nearest else ""
            raise UnknownVariable(f"{name} is not a setting.{hint}")
    return Settings.model_validate(given)


def variable_of(location: tuple[int | str, ...]) -> str:
    """Return the variable for a location in the settings, as in a ValidationError."""
    for variable in variables():
        path = (variable.field,) if variable.section is None else (variable.section, variable.field)
        if location[: len(path)] == path:
            return variable.name
    raise KeyError(location)


def shown(value: object) -> str:
    """Return a value as its variable would be written; secrets are masked, in URLs too, and None is empty."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case tuple():
            return ",".join(map(str, value))
        case SecretStr():
            return MASK
        case str():
            return redact_url(str(value))
        case _:
            return str(value)
