"""Creating, changing and deleting links to operators. Only for operators of the server."""

from collections.abc import Mapping
from typing import Any

import orjson
from tortoise.exceptions import IntegrityError

from server.bus.bus import Queue
from server.errors import Conflict, ErrorCode, InvalidInput, NotFound, Unavailable, about
from server.gateways.drivers import LinkDriver
from server.gateways.simulator import NAME as SIMULATOR
from server.operations.audit import trail
from server.operations.core.principals import Principal, Scope
from server.operations.core.services import Services
from server.operations.core.transactions import wake
from server.operations.links.links import driver_of
from server.operations.links.secret_key import is_key_changed
from server.operations.links.validation import DEFAULTS, LinkChanges, checked_columns
from server.rules.links.links import DEFAULT_LINK, LinkKind, check_link_name
from server.store.models import OperatorLink
from server.store.queries.links import do_messages_wait, lock_all_links, lock_link
from server.store.writing import add, delete, update

RESERVED = frozenset({SIMULATOR, DEFAULT_LINK})
"""The names of links that the settings define: messages and receipts know their link only by its name."""


async def create_link(
    services: Services, principal: Principal, *, name: str, changes: LinkChanges
) -> OperatorLink:
    """Create a link, of the kind whose own field the changes have (`http`), else over SMPP.

    It needs a password or the variable that has it; over SMPP also a host and a system id.

    Raises:
        InvalidInput: something is missing or has the wrong form.
        Conflict: LINK_NAME_TAKEN.
    """
    principal.require(Scope.OPERATE)
    with about("name"):
        check_link_name(name)
    kind = next(
        (kind for kind, driver in services.link_drivers.items() if driver.own_field in changes), LinkKind.SMPP
    )
    driver = services.link_drivers[kind]
    checked = checked_columns(driver, services.cipher, name, changes)
    completed = driver.completed(checked)
    if "password_encrypted" not in checked:
        raise InvalidInput("A link needs a password, or the variable that has it.", field=("password",))
    now_us = services.clock.now_us()
    columns = {**DEFAULTS, **completed}

    async def work() -> OperatorLink:
        if _encrypts(changes) and await is_key_changed(services):
            raise Unavailable  # encrypted with a key that is no longer used
        taken = Conflict("A link has this name.", code=ErrorCode.LINK_NAME_TAKEN, field=("name",))
        if name in RESERVED:
            raise taken
        try:
            # Workers tell settings apart by their version, so even a later link of this name needs a new one.
            row = await add(
                OperatorLink(
                    name=name,
                    kind=kind,
                    version=now_us,
                    created_at_us=now_us,
                    updated_at_us=now_us,
                    **columns,
                )
            )
        except IntegrityError as error:
            raise taken from error
        await trail.record(
            principal, "createLink", name, at_us=now_us, detail={"name": name, **_as_input(driver, checked)}
        )
        wake(Queue.LINKS)
        return row

    return await services.transactions.run(work)


async def update_link(
    services: Services, principal: Principal, *, name: str, changes: LinkChanges
) -> OperatorLink:
    """Change a link. Workers reopen it with the new settings.

    A stored password is never sent to a new place: whoever changes links need not know it, and must not have
    it sent to a host of their own. For a password in the environment, the environment says where it may go.

    Raises:
        NotFound: UNKNOWN_LINK.
        InvalidInput: something has the wrong form, or LINK_PASSWORD_NEEDED.
    """
    principal.require(Scope.OPERATE)

    async def work() -> OperatorLink:
        key_is_changed = _encrypts(changes) and await is_key_changed(services)
        row = await _lock(name)
        driver = driver_of(services, row)
        checked = checked_columns(driver, services.cipher, name, changes, row)
        if key_is_changed:
            raise Unavailable  # encrypted with a key that is no longer used
        if not checked:
            return row
        if _is_moved(row, checked) and any(
            getattr(row, secret) is not None and secret not in checked
            for secret in ("password_encrypted", "second_key_encrypted")
        ):
            raise InvalidInput(
                "To change the host or port, or to turn TLS off, give the password and the second key again: "
                "stored ones are not sent to another place.",
                code=ErrorCode.LINK_PASSWORD_NEEDED,
                field=("password",),
            )
        now_us = services.clock.now_us()
        before = {column: getattr(row, column) for column in checked}
        row.update_from_dict(checked)
        row.version = max(row.version + 1, now_us)
        row.fault = None
        row.updated_at_us = now_us
        await update([row], [*checked, "version", "fault", "updated_at_us"])
        await trail.record(
            principal,
            "updateLink",
            name,
            at_us=now_us,
            detail=_as_input(driver, checked),
            before=_as_input(driver, before),
        )
        wake(Queue.LINKS)
        return row

    return await services.transactions.run(work)


async def delete_link(services: Services, principal: Principal, *, name: str) -> int:
    """Delete a link, and return the id that it had.

    Its messages keep its name, and later receipts for them count if they come by a link of this name. The
    last link can't be deleted while messages wait: the simulator might take over and seem to deliver them.

    Raises:
        NotFound: UNKNOWN_LINK.
        Conflict: LAST_LINK, while messages wait.
    """
    principal.require(Scope.OPERATE)

    async def work() -> int:
        # Locks all of them, so that of two deleted at once the second counts as the last.
        links = await lock_all_links()
        row = links.get(name)
        if row is None:
            raise _unknown()
        if len(links) == 1 and await do_messages_wait():
            raise Conflict(
                "Messages wait, and this is the last link: disable it, create another first, or cancel them.",
                code=ErrorCode.LAST_LINK,
                field=("name",),
            )
        id: int = row.id
        await delete(row)
        await trail.record(principal, "deleteLink", name, at_us=services.clock.now_us())
        wake(Queue.LINKS)
        return id

    return await services.transactions.run(work)


async def _lock(name: str) -> OperatorLink:
    row = await lock_link(name)
    if row is None:
        raise _unknown()
    return row


def _unknown() -> NotFound:
    return NotFound("There is no such link.", code=ErrorCode.UNKNOWN_LINK, field=("name",))


def _encrypts(changes: LinkChanges) -> bool:
    return changes.get("password") is not None or changes.get("second_key") is not None


def _is_moved(row: OperatorLink, columns: Mapping[str, Any]) -> bool:
    """Tell whether a change would send the password to another place, or without TLS."""
    place = (columns.get("host", row.host), columns.get("port", row.port))
    return place != (row.host, row.port) or (row.tls and not columns.get("tls", True))


_INPUT_NAMES = {"window_size": "window", "flash_form": "flash"}
_SECRETS = {"password_encrypted": "password", "second_key_encrypted": "second_key"}
_JSON = {"options", "addresses", "ptt_table", "refusal_ptts"}
_LISTS = {"prefixes", "countries", "sender_kinds"}


def _as_input(driver: LinkDriver, columns: Mapping[str, Any]) -> dict[str, object]:
    """Return a link's columns by the names of the inputs, with passwords replaced by a mark."""
    shown: dict[str, object] = {}
    names = {**_INPUT_NAMES, "options": driver.own_field or "options"}
    for column, value in columns.items():
        if column in _SECRETS:
            if value is not None:
                shown[_SECRETS[column]] = trail.REDACTED
        elif column in _JSON:
            shown[names.get(column, column)] = orjson.loads(value)
        else:
            shown[names.get(column, column)] = value.split() if column in _LISTS else value
    return trail.as_input(shown)
