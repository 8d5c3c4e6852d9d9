"""What is set, where it comes from, and what it means."""

import inspect
import os
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le

from server.settings import Settings
from server.settings.environment import Variable, variables

PAGE_HEAD = """\
# Configuration

Chappe is set by environment variables. All have defaults that are right for trying it out; production needs
`CHAPPE_PROFILE`, `CHAPPE_DATABASE_URL`, `CHAPPE_SECRET_KEY` and, behind a proxy, `CHAPPE_TRUSTED_PROXIES`.
A value that is wrong, or a `CHAPPE_*` variable that is no setting, is named and nothing starts.

`chappe config` prints what is in force and where each value comes from, secrets masked.
`CHAPPE_ADMIN_PASSWORD` and `CHAPPE_OLD_SECRET_KEY` are read by one command alone (`create-admin`,
`change-secret-key`); what begins with `CHAPPE_LINK_` is a password or place that a link to an operator names.

This page is made from the code by `make docs`.
"""


def in_force(settings: Settings, environment: Mapping[str, str] = os.environ) -> Iterator[str]:
    """Yield the lines that say what every setting is, by subject."""
    for title, members in _by_subject():
        yield f"# {title}"
        for variable in members:
            source = "environment" if variable.name in environment else "default"
            yield f"{variable.name}={variable.value(settings)}  ({source})"
            yield f"    {variable.info.description}"
        yield ""


def page() -> str:
    """Return the page of the documentation that lists all settings."""
    lines = [PAGE_HEAD]
    for title, members in _by_subject():
        lines += [f"## {title}", "", "| variable | default | value | meaning |", "|---|---|---|---|"]
        for variable in members:
            default = f"`{variable.default}`" if variable.default else ""
            lines.append(
                f"| `{variable.name}` | {default} | {_form(variable)} | {variable.info.description} |"
            )
        lines.append("")
    return "\n".join(lines)


def _by_subject() -> Iterator[tuple[str, list[Variable]]]:
    for section, members in groupby(variables(), key=lambda variable: variable.section):
        kind = Settings if section is None else Settings.model_fields[section].annotation
        yield ("General" if section is None else _title(kind)), list(members)


def _title(kind: object) -> str:
    """Return what a section's docstring begins with."""
    return (inspect.getdoc(kind) or "").partition(":")[0]


def _form(variable: Variable) -> str:
    """Return what a value may look like, in a word or two and its bounds."""
    kind = variable.info.annotation
    options = [option for option in get_args(kind) if option is not type(None)]
    if get_origin(kind) is Literal:
        return ", ".join(map(str, options))
    if kind is bool or options == [bool]:
        return "true or false"
    bounds = " ".join(filter(None, map(_bound, variable.info.metadata)))
    word = "a whole number" if int in {kind, *options[:1]} else "a number" if kind is float else ""
    return f"{word} {bounds}".strip()


def _bound(constraint: object) -> str:
    match constraint:
        case Ge(ge=minimum):
            return f"≥ {minimum}"
        case Gt(gt=minimum):
            return f"> {minimum}"
        case Le(le=maximum):
            return f"≤ {maximum}"
        case _:
            return ""
