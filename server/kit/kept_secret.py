"""A secret that the server generates and stores in a file that only its owner can read."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

_OWNER_ONLY = 0o600
_BYTES = 32


def kept_secret(path: Path) -> str:
    """Return the secret in a file, generated at the first use; concurrent processes agree on one.

    Raises:
        OSError: the file can't be read or written.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        drawn = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        with open(os.open(drawn, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "w") as file:  # noqa: PTH123 pathlib's takes no mode for a new file
            file.write(secrets.token_urlsafe(_BYTES))
        with suppress(FileExistsError):
            path.hardlink_to(drawn)
        drawn.unlink()
    return path.read_text().strip()
