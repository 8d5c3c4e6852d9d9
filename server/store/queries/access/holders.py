"""Holders, who sign in and own accounts."""

from collections.abc import Collection

from server.store.lookup import find_one
from server.store.models import Holder, User
from server.store.reading import load


async def find_holder(email: str) -> Holder | None:
    """Return the holder with this e-mail address (in lower case)."""
    return await find_one(Holder.all(), email=email)


async def holders_by_email(emails: Collection[str]) -> dict[str, Holder]:
    """Return holders by their e-mail addresses (in lower case)."""
    return {holder.email: holder for holder in await load(Holder.filter(email__in=list(emails)))}


async def get_holder(holder_id: int | None) -> Holder:
    """Return a holder that exists."""
    return await Holder.get(id=holder_id)


async def some_emails(limit: int) -> set[str]:
    """Return the e-mail addresses of up to this many holders, in no order."""
    return {holder.email for holder in await Holder.all().limit(limit)}


async def is_email_taken(email: str) -> bool:
    """Whether a holder has this e-mail address (in lower case)."""
    return await Holder.filter(email=email).exists()


async def set_holder(holder_id: int, **columns: object) -> None:
    """Write columns of a holder."""
    await Holder.filter(id=holder_id).update(**columns)


async def lock_operators() -> list[Holder]:
    """Return the operators who can sign in, locked by id until the transaction ends."""
    return await Holder.filter(is_operator=True, enabled=True).order_by("id").select_for_update()


async def renew_password_hash(owner: Holder | User, renewed: str) -> None:
    """Write a new hash of the same password, unless the password was changed meanwhile."""
    await type(owner).filter(id=owner.id, password_hash=owner.password_hash).update(password_hash=renewed)


async def holders_by_id(ids: Collection[int]) -> dict[int, Holder]:
    """Return holders by their ids."""
    return {row.id: row for row in await load(Holder.filter(id__in=set(ids)))}
