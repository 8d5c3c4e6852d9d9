"""The secret key that a server's keys are made of: one for all processes on a database, changed on purpose only."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from server.kit.encryption import Cipher, Undecryptable
from server.kit.signing import SigningKeys
from server.operations.audit import trail
from server.operations.core.principals import SERVER
from server.operations.core.services import Services
from server.operations.links.links import password_place, second_key_place
from server.store.queries.links import change_key_mark, links_with_secrets, lock_key_mark, note_key_mark
from server.store.writing import update

_PLACES = (("password_encrypted", password_place), ("second_key_encrypted", second_key_place))


class WrongSecretKey(RuntimeError):
    """The secret key is another than the one that the database is used with."""


@dataclass(frozen=True, slots=True)
class Reencryption:
    """The links whose password is encrypted with the new key, and those whose password has to be set again."""

    kept: tuple[str, ...]
    lost: tuple[str, ...]


async def check_secret_key(services: Services) -> None:
    """Let a process with the key that all others on this database have begin; the first one's is noted.

    Raises:
        WrongSecretKey: it is another.
    """
    if await note_key_mark(services.signing_keys.fingerprint) != services.signing_keys.fingerprint:
        raise WrongSecretKey(
            "CHAPPE_SECRET_KEY: this database is used with another key. Two keys would sign callbacks "
            "differently and open none of each other's passwords: set the same one, or change it with "
            "'chappe change-secret-key'."
        )


async def is_key_changed(services: Services) -> bool:
    """Whether the database is used with another key by now; in a transaction that stays so until it ends."""
    mark = await lock_key_mark()
    return mark is not None and mark != services.signing_keys.fingerprint


async def change_secret_key(services: Services, old: bytes | None) -> Reencryption:
    """Have the database used with this server's key from now on; `old` is the one until now, None where it is lost.

    The links' passwords are encrypted anew, as far as the old key opens them. A process that still runs with the
    old one ends at its next heartbeat, and encrypts nothing until then.

    Raises:
        WrongSecretKey: the old key is not the one that the database is used with.
    """

    async def work() -> Reencryption:
        new_fingerprint = services.signing_keys.fingerprint
        noted = await note_key_mark(new_fingerprint)
        if old is not None and noted not in {SigningKeys(old).fingerprint, new_fingerprint}:
            raise WrongSecretKey("CHAPPE_OLD_SECRET_KEY: this database is used with another key.")
        reencrypted = await _reencrypt(services, None if old is None else Cipher(old))
        await change_key_mark(new_fingerprint)
        await trail.record(SERVER, "changeSecretKey", "server", at_us=services.clock.now_us())
        return reencrypted

    return await services.transactions.run(work)


async def _reencrypt(services: Services, opener: Cipher | None) -> Reencryption:
    kept: list[str] = []
    lost: list[str] = []
    for link in await links_with_secrets():
        places = {column: of(link.name) for column, of in _PLACES if getattr(link, column) is not None}
        opened = {
            column: _opened((services.cipher, opener), getattr(link, column), place)
            for column, place in places.items()
        }
        (lost if None in opened.values() else kept).append(link.name)
        anew = {column: secret for column, secret in opened.items() if secret is not None}
        for column, secret in anew.items():
            setattr(link, column, services.cipher.encrypt(secret, places[column]))
        if anew:
            link.version += 1
            await update([link], [*anew, "version"])
    return Reencryption(tuple(kept), tuple(lost))


def _opened(ciphers: Sequence[Cipher | None], encrypted: str, place: str) -> str | None:
    """Return what the first of the ciphers opens that can."""
    for cipher in ciphers:
        if cipher is not None:
            with suppress(Undecryptable):
                return cipher.decrypt(encrypted, place)
    return None
