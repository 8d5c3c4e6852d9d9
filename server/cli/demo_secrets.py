"""The demo's passwords: generated once, and stored next to the database so that each start can show them."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from server.cli.terminal import CommandRefused
from server.rules.access.password_policy import generate_user_password
from server.settings import Settings
from server.store.database import Database

FILE = "demo.json"
OWNER_ONLY = 0o600
PASSWORD_BYTES = 12  # short enough to type from a screen, and too long to guess


@dataclass(frozen=True, slots=True)
class DemoPasswords:
    """The passwords of the demo's holder, its operator, and the user that sends by URL."""

    holder: str
    operator: str
    user: str

    @classmethod
    def draw(cls) -> "DemoPasswords":
        """Generate new ones."""
        return cls(
            holder=secrets.token_urlsafe(PASSWORD_BYTES),
            operator=secrets.token_urlsafe(PASSWORD_BYTES),
            user=generate_user_password(),
        )


def secrets_path(settings: Settings) -> Path:
    """Return where the passwords are stored: next to an SQLite database, otherwise in `var`."""
    database_path = Database(settings.database.url).sqlite_path
    return (database_path.parent if database_path else Path("var")) / FILE


def read_passwords(path: Path) -> DemoPasswords | None:
    """Return the passwords of an earlier start, or None.

    Raises:
        CommandRefused: the file is not one that `write_passwords` wrote, or can't be read.
    """
    try:
        stored: dict[str, str] = json.loads(path.read_text())
        return DemoPasswords(**stored)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise CommandRefused(
            f"The demo's passwords in {path} can't be read; delete the file to get new ones."
        ) from error


def write_passwords(path: Path, passwords: DemoPasswords) -> None:
    """Store the passwords in a file that only its owner can read; a crash leaves no partial file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half_written = path.with_name(f"{path.name}.new")
    with open(os.open(half_written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY), "w") as file:  # noqa: PTH123 pathlib's takes no mode for a new file
        json.dump(asdict(passwords), file)
    half_written.replace(path)
