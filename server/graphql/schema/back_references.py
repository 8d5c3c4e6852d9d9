"""Fields that lead back: from a type to one in a module that imports its module.

An account has users, and a user has an account. So that no two modules import each other, a domain's types
know only the types below them. The fields that lead back up are added here, where all types are known.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import ParamSpec, TypeVar

from strawberry import Parent
from strawberry.types import get_object_definition
from strawberry.types.field import StrawberryField

from server.graphql.access.tokens import AccessToken
from server.graphql.accounts.types import Account
from server.graphql.callbacks.types import CallbackDelivery
from server.graphql.delivery.types import DeliveryEvent
from server.graphql.messages.types import Message
from server.graphql.schema import loaders
from server.graphql.schema.access import field
from server.graphql.schema.context import Info
from server.graphql.schema.paging import (
    After,
    Before,
    First,
    Last,
    Order,
    PageRequest,
    connection,
)
from server.graphql.senders.types import Sender
from server.graphql.users.types import User, UserConnection
from server.store.models import Account as AccountRow
from server.store.queries.visible_rows import live_users, visible_accounts_by_id

P = ParamSpec("P")
R = TypeVar("R")

MADE_ORDER = Order("users of a token", ("id",), (int,), descending=True)


def _leads_back(type_: type, name: str, *, description: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Add a field, resolved by the decorated function, to an object type after its other fields."""

    def add(resolver: Callable[P, R]) -> Callable[P, R]:
        added: StrawberryField = field(description=description, resolver=resolver)
        added.python_name, added.origin = name, type_
        get_object_definition(type_, strict=True).fields.append(added)
        return resolver

    return add


@_leads_back(
    User,
    "account",
    description="The account that it belongs to. An API user sees only its id and name.",
)
async def _account_of_user(user: Parent[User], info: Info) -> Account:
    return Account.of(await loaders.account_of(info, user.row.account_id))


@_leads_back(
    Sender,
    "account",
    description="The account that it is declared on. An API user sees only the account's id and name.",
)
async def _account_of_sender(sender: Parent[Sender], info: Info) -> Account:
    return Account.of(await loaders.account_of(info, sender.row.account_id))


@_leads_back(Message, "account", description="The account that it was sent from.")
async def _account_of_message(message: Parent[Message], info: Info) -> Account:
    return Account.of(await loaders.account_of(info, message.row.account_id))


@_leads_back(
    Message,
    "user",
    description="The user who sent it; null if the holder sent it, or if the user is deleted.",
)
async def _user_of_message(message: Parent[Message], info: Info) -> User | None:
    row = await loaders.live_user(info, message.row.user_id)
    return User.of(row) if row else None


@_leads_back(DeliveryEvent, "message", description="The message that it is about.")
async def _message_of_event(event: Parent[DeliveryEvent], info: Info) -> Message:
    return Message.of(await loaders.message_of(info, event.row.message_id))


@_leads_back(
    CallbackDelivery, "message", description="The message that it is about; null for a STOP or a test."
)
async def _message_of_callback(callback: Parent[CallbackDelivery], info: Info) -> Message | None:
    if callback.row.message_id is None:
        return None
    return Message.of(await loaders.message_of(info, callback.row.message_id))


@_leads_back(AccessToken, "user", description="The API user that it acts as; null if it acts as its maker.")
async def _user_of_token(token: Parent[AccessToken], info: Info) -> User | None:
    row = await loaders.live_user(info, token.row.user_id)
    return User.of(row) if row else None


@_leads_back(
    AccessToken,
    "accounts",
    description="The only accounts that it may be used for; empty for all of its maker's.",
)
async def _accounts_of_token(token: Parent[AccessToken], info: Info) -> list[Account]:
    async def load(ids: Sequence[int]) -> dict[int, AccountRow]:
        return await visible_accounts_by_id(info.context.principal, ids)

    accounts = info.context.loader("accounts of tokens", load, None)
    rows = await asyncio.gather(*[accounts.load(int(id_)) for id_ in token.row.account_ids.split()])
    return [Account.of(row) for row in rows if row is not None]


@_leads_back(
    AccessToken,
    "users",
    description=(
        "The users that it created, or whose password it set, newest first. They end with it, unless a "
        "session keeps them (`keepUser`) or sets their password."
    ),
)
async def _users_of_token(
    token: Parent[AccessToken],
    info: Info,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> UserConnection:
    request = PageRequest.of(first, after, last, before)
    page = await loaders.page_of(info, live_users(), "maker_token_id", token.row.id, MADE_ORDER, request)
    return connection(UserConnection, page, MADE_ORDER, User.of)
