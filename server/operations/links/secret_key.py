"""The secret key that other keys are made from: one per database, changed only on purpose."""

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
    """The secret key is not the one that the database is used with."""


@dataclass(frozen=True, slots=True)
class Reencryption:
    """The links whose password is encrypted with the new key, and those whose password must be set again."""

    kept: tuple[str, ...]
    lost: tuple[str, ...]


async def check_secret_key(services: Services) -> None:
    """Check that this process has the same key as all others on the database. The first one's key is noted.

    Raises:
        WrongSecretKey: it has another key.
    """
    if await note_key_mark(services.signing_keys.fingerprint) != services.signing_keys.fingerprint:
        raise WrongSecretKey(
            "CHAPPE_SECRET_KEY: this database is used with another key. Processes with two keys would sign "
            "callbacks differently and could not decrypt each other's passwords: set the same key, or change "
            "it with 'chappe change-secret-key'."
        )


async def is_key_changed(services: Services) -> bool:
    """Tell whether the database now uses another key. The answer holds until the transaction ends."""
    mark = await lock_key_mark()
    return mark is not None and mark != services.signing_keys.fingerprint


async def change_secret_key(services: Services, old: bytes | None) -> Reencryption:
    """Make this server's key the database's key; `old` is the key until now, None if it is lost.

    The links' passwords are encrypted again, if the old key decrypts them. A process that still runs with the
    old key ends at its next heartbeat, and encrypts nothing until then.

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
    """Decrypt with the first cipher that can; None if none can."""
    for cipher in ciphers:
        if cipher is not None:
            with suppress(Undecryptable):
                return cipher.decrypt(encrypted, place)
    return None
