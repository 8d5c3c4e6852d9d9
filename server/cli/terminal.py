"""What every command prints through, and how it ends: 0 done, 1 refused or a problem found, 2 misused."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer
from pydantic import ValidationError
from rich.console import Console

from server.errors import DomainError
from server.kit.redaction import redact_text
from server.settings.environment import variable_of

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


class CommandRefused(Exception):
    """The command can't be carried out; its text is the one line that is shown."""


@contextmanager
def refused_readably() -> Iterator[None]:
    """Turn what a command may be refused with into its lines on standard error and status 1."""
    try:
        yield
    except ValidationError as error:
        fail(*setting_errors(error))
    except DomainError as error:
        fail(error.message)
    except CommandRefused as error:
        fail(str(error))


def fail(*lines: str) -> NoReturn:
    """Print why, a line each, on standard error, and exit with status 1."""
    for line in lines:
        err.print(f"chappe: {redact_text(line)}", markup=False, style="red")
    raise typer.Exit(1)


def setting_errors(error: ValidationError) -> list[str]:
    """Return a line for each setting that is wrong; its value is not quoted, since it may be secret."""
    problems: defaultdict[str, list[str]] = defaultdict(list)
    for problem in error.errors(include_input=False, include_url=False):
        problems[variable_of(problem["loc"])].append(problem["msg"])
    return [f"{variable}: {'; '.join(dict.fromkeys(said))}" for variable, said in problems.items()]
