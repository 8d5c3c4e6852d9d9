"""Changes the secret key."""

import os

from server.cli.opening import open_services
from server.cli.terminal import CommandRefused, out
from server.kit.signing import MIN_SECRET_BYTES
from server.operations.links.secret_key import WrongSecretKey, change_secret_key
from server.settings import Settings

OLD_KEY_VARIABLE = "CHAPPE_OLD_SECRET_KEY"


async def change(settings: Settings, *, lost: bool) -> None:
    """Change the key, and print which links need their password again.

    Raises:
        CommandRefused: the old key is missing or wrong, or the database does not exist or is not up to date.
    """
    old_key = os.environ.get(OLD_KEY_VARIABLE, "").encode()
    if lost == bool(old_key):
        raise CommandRefused(f"Set {OLD_KEY_VARIABLE} to the old key, or use --lost if nobody has it.")
    if old_key and len(old_key) < MIN_SECRET_BYTES:
        raise CommandRefused(f"{OLD_KEY_VARIABLE}: a key has at least {MIN_SECRET_BYTES} characters.")
    async with open_services(settings) as services:
        try:
            reencrypted = await change_secret_key(services, old_key or None)
        except WrongSecretKey as error:
            raise CommandRefused(str(error)) from error
    out.print("The database now uses this secret key.")
    for name in reencrypted.kept:
        out.print(f"{name}: its password is encrypted again", markup=False)
    for name in reencrypted.lost:
        out.print(f"{name}: set its password again", markup=False)
    out.print("Callbacks have new signing keys: rotateCallbackKey shows them.")
