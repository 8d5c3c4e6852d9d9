"""Shows the settings, their sources and their meaning."""

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

Environment variables configure Chappe. Their defaults are right for trying it out. Production needs
`CHAPPE_PROFILE`, `CHAPPE_DATABASE_URL`, `CHAPPE_SECRET_KEY` and, behind a proxy, `CHAPPE_TRUSTED_PROXIES`.
If a value is wrong, or a `CHAPPE_*` variable is not a setting, Chappe names it and does not start.

`chappe config` prints the values in force and their sources, with secrets masked. Only one command each reads
`CHAPPE_ADMIN_PASSWORD` and `CHAPPE_OLD_SECRET_KEY` (`create-admin` and `change-secret-key`). Variables that
begin with `CHAPPE_LINK_` hold the passwords and URLs of links to operators.

`make docs` generates this page from the code.
"""


def in_force(settings: Settings, environment: Mapping[str, str] = os.environ) -> Iterator[str]:
    """Yield lines about all settings, by subject."""
    for title, members in _by_subject():
        yield f"# {title}"
        for variable in members:
            source = "environment" if variable.name in environment else "default"
            yield f"{variable.name}={variable.value(settings)}  ({source})"
            yield f"    {variable.info.description}"
        yield ""


def page() -> str:
    """Return the documentation page of all settings."""
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
    """Return the title of a section: the start of its docstring."""
    return (inspect.getdoc(kind) or "").partition(":")[0]


def _form(variable: Variable) -> str:
    """Return the form of a value, in a word or two and its bounds."""
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
