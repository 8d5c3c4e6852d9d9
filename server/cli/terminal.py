"""The commands' output and exit status: 0 success, 1 refused or a problem found, 2 wrong usage."""

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
    """The command can't run; the text is the one line that is shown."""


@contextmanager
def refused_readably() -> Iterator[None]:
    """Turn a command's refusals into lines on standard error and status 1."""
    try:
        yield
    except ValidationError as error:
        fail(*setting_errors(error))
    except DomainError as error:
        fail(error.message)
    except CommandRefused as error:
        fail(str(error))


def fail(*lines: str) -> NoReturn:
    """Print the lines on standard error, and exit with status 1."""
    for line in lines:
        err.print(f"chappe: {redact_text(line)}", markup=False, style="red")
    raise typer.Exit(1)


def setting_errors(error: ValidationError) -> list[str]:
    """Return a line for each wrong setting, without its value, which may be secret."""
    problems: defaultdict[str, list[str]] = defaultdict(list)
    for problem in error.errors(include_input=False, include_url=False):
        problems[variable_of(problem["loc"])].append(problem["msg"])
    return [f"{variable}: {'; '.join(dict.fromkeys(said))}" for variable, said in problems.items()]
