"""Reads that many fields of an answer share: batched, so that a list takes as many statements as one entry.

Each starts from a row that the caller may see.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated, Any, TypeVar, cast

import strawberry
from tortoise.models import Model
from tortoise.queryset import QuerySet

from server.graphql.schema.access import Access, field
from server.graphql.schema.context import Info
from server.graphql.schema.enums import OrderDirection
from server.graphql.schema.narrowing import Filter, Narrowing
from server.graphql.schema.paging import (
    After,
    Before,
    Connection,
    First,
    Last,
    Order,
    Page,
    PageRequest,
    check_cursors,
    connection,
    empty_page,
    fetch_pages,
)
from server.operations.links.links import open_routes
from server.operations.notifications.contacts import Place, states_of
from server.rules.accounts.logins import is_login
from server.rules.credits import ledger
from server.rules.dispatch.routing import Route, route
from server.rules.messages.deferral import could_go_us
from server.rules.notifications.contacts import ContactState
from server.store.models import Account, DeliveryEvent, Holder, LedgerEntry, Message, Notification, User
from server.store.models.messages import MessageState
from server.store.queries import credits as credit_queries
from server.store.queries.access.holders import holders_by_id
from server.store.queries.accounts import accounts_by_id, live_users_by_id
from server.store.queries.messages import events_of_messages, messages_by_id
from server.store.queries.notifications import notifications_by_id, notifications_of_alerts
from server.store.queries.visible_rows import all_of, visible_users_by_login

M = TypeVar("M", bound=Model)
C = TypeVar("C", bound=Connection[Any])


async def account_of(info: Info, account_id: int) -> Account:
    """Return an account by its id."""
    return cast("Account", await info.context.loader("account", accounts_by_id, None).load(account_id))


async def holder_of(info: Info, holder_id: int) -> Holder:
    """Return a holder by id."""
    return cast("Holder", await info.context.loader("holder", holders_by_id, None).load(holder_id))


async def live_user(info: Info, user_id: int | None) -> User | None:
    """Return a user by id, or None if there was none or it is deleted."""
    if user_id is None:
        return None
    return await info.context.loader("user", live_users_by_id, None).load(user_id)


async def user_by_login(info: Info, account_id: int, login: str) -> User | None:
    """Return the user of an account with this login; an API user finds only itself."""
    caller = info.context.principal
    if not is_login(login):
        return None

    async def load(ids: Sequence[int]) -> dict[int, User]:
        return await visible_users_by_login(caller, ids, login.lower())

    return await info.context.loader(("user", login.lower()), load, None).load(account_id)


async def message_of(info: Info, message_id: int) -> Message:
    """Return a message by its id."""
    return cast("Message", await info.context.loader("message", messages_by_id, None).load(message_id))


async def waits_for_link(info: Info, message: Message) -> bool:
    """Whether an accepted message could be handed over now, but no link that takes it is open."""
    now_us = info.context.services.clock.now_us()
    since_us = could_go_us(message.created_at_us, message.deferred_until_us, message.held_until_us)
    if message.state is not MessageState.QUEUED or message.sent_at_us is not None or since_us > now_us:
        return False
    return await wants_link(info, sender=message.sender, receiver=message.receiver, country=message.country)


async def wants_link(info: Info, *, sender: str, receiver: str, country: str) -> bool:
    """Whether no link is open that takes messages like this one."""

    async def load(_: Sequence[str]) -> dict[str, list[Route] | None]:
        return {"all": await open_routes(info.context.services)}

    routes = await info.context.loader("open routes", load, None).load("all")
    return routes is not None and not route(routes, sender=sender, receiver=receiver, country=country)


async def message_of_entry(info: Info, entry: LedgerEntry) -> Message | None:
    """Return the message of a ledger entry, the first if it has several, or None if it has none."""
    message_id = ledger.message_of(entry.kind, entry.reference)
    notification_id = ledger.notification_of(entry.kind, entry.reference)
    if notification_id is not None:
        row = await info.context.loader("notification", notifications_by_id, None).load(notification_id)
        message_id = row.message_id if row else None
    return None if message_id is None else await message_of(info, message_id)


async def quota_totals(info: Info, account_id: int) -> tuple[int, int]:
    """Return the total of an account's quotas in millicredits, and how many users have one."""
    return await info.context.loader("quota totals", credit_queries.quota_totals, (0, 0)).load(account_id)


async def balance_at(info: Info, account_id: int, at_us: int) -> int:
    """Return an account's balance at a time, in millicredits; 0 before its first entry."""

    async def load(ids: Sequence[int]) -> dict[int, int]:
        return await credit_queries.balances_at(ids, at_us)

    return await info.context.loader(("balance", at_us), load, 0).load(account_id)


async def events_of(info: Info, message_id: int) -> list[DeliveryEvent]:
    """Return a message's events, oldest first."""

    async def load(ids: Sequence[int]) -> dict[int, list[DeliveryEvent]]:
        events: dict[int, list[DeliveryEvent]] = {}
        for row in await events_of_messages(ids):
            events.setdefault(row.message_id, []).append(row)
        return events

    return await info.context.loader("events", load, list[DeliveryEvent]()).load(message_id)


async def notifications_of(info: Info, alert_id: int) -> list[Notification]:
    """Return an alert's notifications, in the order in which they were written."""

    async def load(ids: Sequence[int]) -> dict[int, list[Notification]]:
        by_alert: dict[int, list[Notification]] = {}
        for row in await notifications_of_alerts(ids):
            by_alert.setdefault(row.alert_id or 0, []).append(row)
        return by_alert

    return await info.context.loader("notifications", load, list[Notification]()).load(alert_id)


async def contact_state(info: Info, place: Place) -> ContactState:
    """Return whether the owner of a place wants an account's alerts."""
    now_us = info.context.services.clock.now_us()

    async def load(places: Sequence[Place]) -> dict[Place, ContactState]:
        return await states_of(set(places), now_us=now_us)

    return await info.context.loader("contact", load, ContactState.UNCONFIRMED).load(place)


def pages_of(
    type_: type[C],
    queryset: Callable[[Info], QuerySet[M]],
    parent: str,
    order: Order,
    wrap: Callable[[M], object],
    *,
    description: str,
    access: Access | None = None,
) -> Any:
    """Declare a connection that lists, for each parent, the rows that have its id in the column `parent`.

    `queryset` returns the rows that the caller may see.
    """

    async def resolve(
        root: Any,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> C:
        request = PageRequest.of(first, after, last, before)
        page = await page_of(info, queryset(info), parent, root.row.id, order, request)
        return connection(type_, page, order, wrap)

    return field(description=description, access=access, resolver=resolve, graphql_type=type_)


def narrowed_pages_of(
    type_: type[C],
    model: type[M],
    filter_type: type[Filter[M]],
    order: Order,
    wrap: Callable[[M], object],
    *,
    description: str,
    access: Access | None = None,
) -> Any:
    """Declare a connection that lists each account's rows of a table, with a filter."""

    async def resolve(
        root: Any,
        info: Info,
        filter: Annotated[
            filter_type | None,  # type: ignore[valid-type]
            strawberry.argument(description="A filter; null for all."),
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> C:
        request = PageRequest.of(first, after, last, before)
        rows = all_of(model) if filter is None else filter.apply(all_of(model))
        page = await page_of(info, rows, "account_id", root.row.id, order, request, narrowed_by=repr(filter))
        return connection(type_, page, order, wrap)

    return field(description=description, access=access, resolver=resolve, graphql_type=type_)


async def page_of(
    info: Info,
    rows: QuerySet[M],
    parent: str,
    parent_id: int,
    order: Order,
    request: PageRequest,
    *,
    narrowed_by: str = "",
) -> Page[M]:
    """Return a page of the rows with this id in the column `parent`; all parents' pages are read together.

    `narrowed_by` names the filter of the rows: lists with different filters are read separately.
    """

    async def load(parents: Sequence[int]) -> dict[int, Page[M]]:
        return await fetch_pages(rows, parent, list(set(parents)), order, request)

    pages = info.context.loader((order, parent, request, narrowed_by), load, empty_page())
    return cast("Page[M]", await pages.load(parent_id))


def log_of_account(
    type_: type[C],
    model: type[M],
    narrowing: type[Narrowing[M]],
    order: Order,
    wrap: Callable[[M], object],
    *,
    description: str,
) -> Any:
    """Declare a connection that lists a log of each account, newest or oldest first, with a filter."""

    async def resolve(
        root: Any,
        info: Info,
        filter: Annotated[
            narrowing | None,  # type: ignore[valid-type]
            strawberry.argument(description="A filter; null for all."),
        ] = None,
        direction: Annotated[
            OrderDirection,
            strawberry.argument(description="The order by time. Newest first by default."),
        ] = OrderDirection.DESC,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> C:
        request = PageRequest.of(first, after, last, before)
        directed = replace(order, descending=direction is OrderDirection.DESC)

        async def load(accounts: Sequence[int]) -> dict[int, Page[M]]:
            wanted = list(set(accounts))
            rows = all_of(model) if filter is None else await filter.apply(all_of(model), wanted)
            await check_cursors(all_of(model).filter(account_id__in=wanted), directed, request)
            return await fetch_pages(rows, "account_id", wanted, directed, request)

        pages = info.context.loader((type_, repr(filter), direction, request), load, empty_page())
        return connection(type_, await pages.load(root.row.id), directed, wrap)

    return field(description=description, resolver=resolve, graphql_type=type_)
