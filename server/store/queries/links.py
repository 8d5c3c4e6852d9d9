"""The links to operators, and the mark of the key that encrypts their passwords."""

from collections.abc import Collection

from tortoise.expressions import Q

from server.store.lookup import find_one
from server.store.models import LinkReport, OperatorLink
from server.store.models.secret_keys import THE_ONLY
from server.store.sql import fetch, locked_in_order


async def do_messages_wait() -> bool:
    """Whether any message waits to be handed over, or is being handed over."""
    return bool(await fetch("SELECT id FROM messages WHERE state IN ('queued', 'claimed') LIMIT 1"))


async def lock_key_mark() -> str | None:
    """Return the fingerprint of the key that the database is used with, locked until the transaction ends."""
    rows = await fetch(
        f"SELECT fingerprint FROM secret_key_marks WHERE id = $1 {locked_in_order()}",  # noqa: S608 constants
        THE_ONLY,
    )
    return str(rows[0]["fingerprint"]) if rows else None


async def note_key_mark(fingerprint: str) -> str:
    """Return the fingerprint of the database's secret key; if there is none, store this one."""
    [row] = await fetch(
        """
        INSERT INTO secret_key_marks (id, fingerprint) VALUES ($1, $2)
        ON CONFLICT (id) DO UPDATE SET fingerprint = secret_key_marks.fingerprint RETURNING fingerprint
        """,
        THE_ONLY,
        fingerprint,
    )
    return str(row["fingerprint"])


async def change_key_mark(fingerprint: str) -> None:
    """Store the fingerprint of the key that the database is used with."""
    await fetch(
        "UPDATE secret_key_marks SET fingerprint = $1 WHERE id = $2 RETURNING id", fingerprint, THE_ONLY
    )


async def all_links() -> list[OperatorLink]:
    """Return all links, in no order."""
    return await OperatorLink.all()


async def enabled_links() -> list[OperatorLink]:
    """Return the links that are enabled, by name."""
    return await OperatorLink.filter(enabled=True).order_by("name")


async def links_with_secrets() -> list[OperatorLink]:
    """Return the links with a stored password or second key, by name."""
    kept = Q(password_encrypted__isnull=False) | Q(second_key_encrypted__isnull=False)
    return await OperatorLink.filter(kept).order_by("name")


async def link_named(name: str) -> OperatorLink | None:
    """Return a link by its name."""
    return await find_one(OperatorLink.all(), name=name)


async def versions_of_links() -> dict[int, int]:
    """Return the version of each link by its id."""
    return dict(await OperatorLink.all().values_list("id", "version"))


async def lock_link(name: str) -> OperatorLink | None:
    """Return a link by its name, locked until the transaction ends."""
    return await find_one(OperatorLink.all().select_for_update(), name=name)


async def lock_all_links() -> dict[str, OperatorLink]:
    """Return all links by name, locked by id until the transaction ends."""
    return {row.name: row for row in await OperatorLink.all().order_by("id").select_for_update()}


async def set_fault(link_id: int, version: int, fault: str | None) -> None:
    """Store why a link can't be opened, unless it was changed since this version."""
    await OperatorLink.filter(id=link_id, version=version).update(fault=fault)


async def delete_reports(worker_id: str, *, but_for: Collection[str], until_us: int) -> None:
    """Delete a worker's reports on other links than these, and all reports made by then."""
    await LinkReport.filter(worker_id=worker_id, link_name__not_in=list(but_for)).delete()
    await LinkReport.filter(updated_at_us__lte=until_us).delete()


async def put_reports(reports: Collection[LinkReport]) -> None:
    """Write a worker's reports on its links, in place of its earlier ones."""
    await LinkReport.bulk_create(
        reports,
        update_fields=["binds", "in_flight", "throttled", "times_throttled", "last_error", "updated_at_us"],
        on_conflict=["link_name", "worker_id"],
    )


async def reports_since(since_us: int) -> list[LinkReport]:
    """Return workers' reports after a time, by link and worker."""
    return await LinkReport.filter(updated_at_us__gt=since_us).order_by("link_name", "worker_id")
