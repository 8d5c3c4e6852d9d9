"""The rows that a principal may see: an account, a user, a message or an event, by any path."""

import asyncio
from dataclasses import replace

import pytest

from server.errors import ErrorCode, Forbidden, NotFound
from server.operations.accounts.users import delete_user
from server.operations.core import visibility
from server.operations.core.principals import (
    HOLDER_SCOPES,
    OPERATOR_SCOPES,
    SERVER,
    USER_SCOPES,
    Principal,
    Scope,
)
from server.operations.core.services import Services
from server.store.models import Account, Message, User
from server.store.queries import visible_rows
from tests.factories.accounts.accounts import World
from tests.factories.messages.messages import accepted, answer, claim, send
from tests.factories.store.statements import counted


@pytest.fixture
async def people(services: Services, world: World) -> dict[str, Principal]:
    """Two accounts of the holder and one of the neighbour, each with a user that has sent a message."""
    people = {"holder": world.holder, "neighbour": world.neighbour, "operator": world.operator}
    for name, of in (("sms-a-1", world.holder), ("sms-b-1", world.holder), ("sms-next-1", world.neighbour)):
        account = await world.account(name, of=of)
        people[name] = world.as_user(await world.user(account, "script"))
        await world.user(account, "idle")
        await send(services, people[name], account)
        await send(services, of, account)
    await answer(services, await claim(services), *(accepted(f"o{n}") for n in range(6)))
    people["bound"] = replace(
        world.holder, bound_account_ids=frozenset({(await Account.get(name="sms-b-1")).id})
    )
    people["bound operator"] = replace(people["bound"], scopes=OPERATOR_SCOPES)
    people["reading operator"] = replace(world.operator, scopes=USER_SCOPES)
    people["server"] = SERVER
    return people


EVERYTHING = ["sms-a-1", "sms-b-1", "sms-next-1"]


@pytest.mark.parametrize(
    ("who", "accounts", "users", "messages"),
    [
        ("holder", ["sms-a-1", "sms-b-1"], 4, 4),
        ("neighbour", ["sms-next-1"], 2, 2),
        ("operator", EVERYTHING, 6, 6),
        ("server", EVERYTHING, 6, 6),
        ("bound", ["sms-b-1"], 2, 2),
        ("bound operator", ["sms-b-1"], 2, 2),
        ("reading operator", [], 0, 0),
        ("sms-a-1", ["sms-a-1"], 1, 1),
    ],
)
async def test_each_sees_what_is_its_own(
    services: Services,
    people: dict[str, Principal],
    who: str,
    accounts: list[str],
    users: int,
    messages: int,
) -> None:
    """A holder its accounts, a token those it is bound to, an operator all, an API user itself."""
    principal = people[who]
    assert [a.name for a in await visible_rows.visible_accounts(principal).order_by("name")] == accounts
    assert [
        a.name for a in await Account.all().order_by("name") if visibility.may_act_in(principal, a)
    ] == accounts
    assert await visible_rows.visible_users(principal).count() == users
    assert await visible_rows.visible_messages(principal).count() == messages
    for name in EVERYTHING:
        if name in accounts:
            assert (await visibility.find_account(principal, name)).name == name
            assert (await visibility.read_account(services, principal, name)).name == name
        else:
            for find in (
                visibility.find_account(principal, name),
                visibility.read_account(services, principal, name),
            ):
                with pytest.raises(NotFound) as caught:
                    await find
                assert caught.value.code is ErrorCode.UNKNOWN_ACCOUNT


async def test_all_who_look_for_accounts_at_once_share_a_statement(
    services: Services, people: dict[str, Principal]
) -> None:
    """Each sees what is its own, whatever the others ask for; a name that no account can have hurts nobody."""
    asked = [(who, name) for who in people for name in (*EVERYTHING, "sms-none-1", "x" * 1_000)] * 5
    with counted() as statements:
        together = await asyncio.gather(
            *(visibility.seen_account(services, people[who], name) for who, name in asked)
        )
    assert statements.count < 5
    for (who, name), found in zip(asked, together, strict=True):
        own = await visible_rows.visible_accounts(people[who]).get_or_none(name=name[:40])
        assert (found and found.id) == (own and own.id)


async def test_an_api_user_sees_its_own_events_and_messages(people: dict[str, Principal]) -> None:
    """Not those of the others that send from the same account."""
    account = await Account.get(name="sms-a-1")
    user = people["sms-a-1"]
    assert {m.user_id for m in await visible_rows.visible_messages(user)} == {user.user_id}
    assert {e.user_id for e in await visible_rows.visible_events_of(user, account)} == {user.user_id}
    assert {e.user_id for e in await visible_rows.visible_events(user)} == {user.user_id}
    assert await visible_rows.visible_events_of(people["holder"], account).count() == 4


async def test_a_user_is_found_in_its_account_only(
    services: Services, world: World, people: dict[str, Principal]
) -> None:
    """By its login in any case, unless it is deleted, somebody else's or another user."""
    first, other = await Account.get(name="sms-a-1"), await Account.get(name="sms-next-1")
    found = await visibility.find_user(world.holder, first, "SCRIPT")
    assert (found.account_id, found.login) == (first.id, "script")
    await delete_user(services, world.holder, account=first.name, login="idle")
    for principal, account, login in (
        (world.holder, first, "idle"),
        (world.holder, first, "nobody"),
        (world.holder, other, "script"),
        (people["sms-a-1"], first, "idle"),
        (people["bound"], first, "script"),
    ):
        with pytest.raises(NotFound) as caught:
            await visibility.find_user(principal, account, login)
        assert (caught.value.code, caught.value.field) == (ErrorCode.UNKNOWN_USER, ("login",))
    assert await User.filter(login="idle", deleted_at_us=None).count() == 2
    assert await Message.all().count() == 6


def test_a_principal_has_one_key_whatever_token_it_uses() -> None:
    """Idempotency keys belong to the person or the user, not to the token."""
    holder = Principal("h", HOLDER_SCOPES, holder_id=7)
    assert holder.key == replace(holder, token_id=3, scopes=USER_SCOPES).key == "holder:7"
    assert Principal("u", USER_SCOPES, user_id=7, user_account_id=1).key == "user:7"


def test_a_missing_scope_stops_the_request() -> None:
    """Each scope is its own; none stands for another."""
    for needed in Scope:
        Principal("p", frozenset({needed})).require(needed)
        with pytest.raises(Forbidden) as caught:
            Principal("p", frozenset(Scope) - {needed}).require(needed)
        assert caught.value.message == f"This needs the scope '{needed}'."
