"""Finding objects by their opaque ids, if the caller may see them, with one statement for each kind."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from tortoise.models import Model
from tortoise.queryset import QuerySet

from server.graphql.access.holders import Holder
from server.graphql.access.tokens import AccessToken, Session
from server.graphql.accounts.types import Account
from server.graphql.audit.types import AuditEntry
from server.graphql.callbacks.types import CallbackDelivery
from server.graphql.credits.types import CreditEntry
from server.graphql.delivery.types import DeliveryEvent
from server.graphql.links.types import Link
from server.graphql.messages.types import Message
from server.graphql.notifications.types import LimitAlert
from server.graphql.schema.context import Info
from server.graphql.schema.ids import Node, parse_node_id
from server.graphql.senders.types import BlacklistEntry, IncomingMessage, Sender, UnclaimedMessage
from server.graphql.users.types import User
from server.operations.core.principals import Principal
from server.store import models
from server.store.queries.audit import entries_of_accounts
from server.store.queries.visible_rows import (
    all_of,
    in_visible_accounts,
    visible_accounts,
    visible_callbacks,
    visible_events,
    visible_holders,
    visible_links,
    visible_messages,
    visible_senders,
    visible_sessions,
    visible_tokens,
    visible_unclaimed,
    visible_users,
)


@dataclass(frozen=True, slots=True)
class Kind:
    """How objects of one kind are found and shown. API users only see what is theirs."""

    rows: Callable[[Principal], QuerySet[Any]]
    show: Callable[[Any], Node]
    for_users: bool = False


def _of_account(model: type[Model]) -> Callable[[Principal], QuerySet[Any]]:
    return lambda principal: in_visible_accounts(principal, all_of(model))


def _sessions(principal: Principal) -> QuerySet[Any]:
    # An expired session may still be found; it is deleted soon.
    return visible_sessions(principal, at_us=0)


def _audit_entries(principal: Principal) -> QuerySet[Any]:
    return in_visible_accounts(principal, entries_of_accounts())


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "Account": Kind(visible_accounts, Account.of, for_users=True),
        "User": Kind(visible_users, User.of, for_users=True),
        "Message": Kind(visible_messages, Message.of, for_users=True),
        "DeliveryEvent": Kind(visible_events, DeliveryEvent.of, for_users=True),
        "Sender": Kind(visible_senders, Sender.of, for_users=True),
        "AccessToken": Kind(visible_tokens, AccessToken.of, for_users=True),
        "Session": Kind(_sessions, Session.of, for_users=True),
        "CallbackDelivery": Kind(visible_callbacks, CallbackDelivery.of, for_users=True),
        "Holder": Kind(visible_holders, Holder.of),
        "CreditEntry": Kind(_of_account(models.LedgerEntry), CreditEntry.of),
        "LimitAlert": Kind(_of_account(models.LimitAlert), LimitAlert.of),
        "BlacklistEntry": Kind(_of_account(models.BlacklistEntry), BlacklistEntry.of),
        "IncomingMessage": Kind(_of_account(models.IncomingMessage), IncomingMessage.of),
        "UnclaimedMessage": Kind(visible_unclaimed, UnclaimedMessage.of),
        "AuditEntry": Kind(_audit_entries, AuditEntry.of),
        "Link": Kind(visible_links, Link.of),
    }
)


async def find_nodes(info: Info, ids: Sequence[str]) -> list[Node | None]:
    """Return the objects with these ids, in order; None for each one that the caller may not see.

    Raises:
        InvalidInput: an id is malformed.
    """
    caller = info.context.principal
    node_keys = [parse_node_id(id_) for id_ in ids]
    wanted: defaultdict[str, set[int]] = defaultdict(set)
    for kind, key in node_keys:
        wanted[kind].add(key)
    nodes: dict[tuple[str, int], Node] = {}
    for name, keys in wanted.items():
        kind_of_node = KINDS.get(name)
        if kind_of_node is None or (caller.is_user and not kind_of_node.for_users):
            continue
        for row in await kind_of_node.rows(caller).filter(id__in=keys):
            nodes[name, row.id] = kind_of_node.show(row)
    return [nodes.get(key) for key in node_keys]
