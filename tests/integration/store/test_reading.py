"""Rows read past the ORM equal those that the ORM reads."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from tortoise.expressions import Q
from tortoise.functions import Count
from tortoise.models import Model
from tortoise.queryset import QuerySet

from server.operations.core.services import Services
from server.rules.senders.senders import SenderStatus
from server.store import models, orm
from server.store.models import Account, Sender, User
from server.store.models.accounts import AccountStatus
from server.store.reading import load, load_by
from tests.factories.accounts.accounts import World
from tests.factories.running.waiting import eventually
from tests.factories.store.locks import somebody_waits
from tests.factories.store.population import populate

TABLES = [
    model
    for model in (getattr(models, name) for name in models.__all__)
    if isinstance(model, type) and issubclass(model, Model)
]

USUAL: dict[str, Callable[[int, str], QuerySet[Any]]] = {
    "all": lambda _, __: User.all().order_by("id"),
    "a number": lambda number, _: User.filter(account_id=number).order_by("login_key", "id"),
    "a text": lambda _, text: User.filter(login_key=text).order_by("-id"),
    "null and a limit": lambda number, _: User.filter(deleted_at_us=None, account_id=number).limit(2),
    "a switch": lambda number, _: User.filter(enabled=True, account_id__gt=number).order_by("id"),
    "an enum": lambda number, _: Sender.filter(status=SenderStatus.ENABLED, account_id=number).order_by("id"),
    "another table's column": lambda _, text: User.filter(account__name=text).order_by("-login_key", "-id"),
    "the same value twice": lambda number, _: User.filter(account_id=number, id__gte=number).order_by("id"),
    "either of two": lambda number, text: (
        User.filter(Q(account_id=number) | Q(login_key=text)).order_by("account_id", "id").limit(7)
    ),
    "nothing of it": lambda number, text: User.filter(~Q(account_id=number), login_key__not=text).order_by(
        "id"
    ),
    "beyond a row": lambda number, text: (
        User.filter(Q(login_key__gte=text) & (Q(login_key__gt=text) | Q(login_key=text, id__gt=number)))
        .order_by("login_key", "id")
        .limit(3)
    ),
}
UNUSUAL: dict[str, Callable[[int, str], QuerySet[Any]]] = {
    "one of several": lambda number, _: User.filter(account_id__in=[number, 2]).order_by("id"),
    "a beginning": lambda _, text: User.filter(login_key__startswith=text[:6]).order_by("id"),
    "an enum's text": lambda _, __: Account.filter(status=AccountStatus.ENABLED.value).order_by("id"),
    "an offset": lambda _, __: User.all().order_by("id").offset(3).limit(2),
    "a count": lambda _, __: Account.annotate(users_=Count("users")).filter(users_=3).order_by("id"),
    "locked": lambda number, _: User.filter(account_id=number).order_by("id").select_for_update(),
    "locked for updates, by several": lambda number, text: (
        User.filter(Q(account_id=number) | Q(login_key__in=[text, "nobody"]), deleted_at_us=None)
        .order_by("-id")
        .limit(4)
        .select_for_update(no_key=True)
    ),
    "others' rows beside them": lambda _, __: User.all().select_related("account").order_by("id"),
}  # fmt: skip


@pytest.fixture(params=[True, False], ids=["past the ORM", "by the ORM"])
def switch(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways: the same comes of either."""
    monkeypatch.setattr(orm, "PAST_THE_ORM", request.param)


def _contents(rows: list[Any]) -> list[dict[str, Any]]:
    """Return all that the rows hold, with the types of the values."""
    return [{name: (type(value), value) for name, value in vars(row).items()} for row in rows]


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__name__)
async def test_rows_of_every_table_are_the_orms(world: World, model: type[Model]) -> None:
    """They hold the same values of the same types, switches and enums too, and can be saved like any other."""
    await populate(world, accounts=2, each=3)
    expected = await model.all().order_by(model._meta.pk_attr)
    found = await load(model.all().order_by(model._meta.pk_attr))
    assert _contents(found) == _contents(expected)


@pytest.mark.parametrize("query", [*USUAL.values(), *UNUSUAL.values()], ids=[*USUAL, *UNUSUAL])
async def test_a_query_of_any_shape_finds_what_the_orm_finds(
    world: World, query: Callable[[int, str], QuerySet[Any]]
) -> None:
    """Also when it comes again with other values, which then belong where the first ones did."""
    accounts = await populate(world, accounts=3, each=3)
    users = await User.all()
    for account in accounts:
        for text in (account.name, users[1].login_key, users[-1].login_key, "nobody"):
            expected = await query(account.id, text)
            assert _contents(await load(query(account.id, text))) == _contents(expected)


async def test_a_row_that_was_loaded_can_be_changed_and_saved(world: World) -> None:
    """It is an object of the ORM in every respect."""
    user = await world.user(await world.account())
    [loaded] = await load(User.filter(id=user.id))
    loaded.enabled = False
    await loaded.save(update_fields=["enabled"])
    assert (await User.get(id=user.id)).enabled is False
    assert loaded == user


async def test_a_loaded_row_that_others_hang_on_is_found_again(world: World) -> None:
    """A related row can be fetched from it."""
    account = await world.account()
    await world.user(account)
    [loaded] = await load(User.filter(account_id=account.id))
    assert await loaded.account == account


async def test_a_row_that_is_loaded_for_an_update_is_another_transactions_no_more(
    services: Services, world: World
) -> None:
    """Who loads it for an update too waits until the first has committed, and then sees what that wrote."""
    account = await world.account()
    locked, free = asyncio.Event(), asyncio.Event()
    rows = Account.filter(id=account.id).order_by("id")

    async def hold() -> None:
        [row] = await load(rows.select_for_update(no_key=True))
        locked.set()
        await free.wait()
        await Account.filter(id=row.id).update(credits_left=row.credits_left + 1)

    async def take() -> None:
        [row] = await load(rows.select_for_update(no_key=True))
        assert row.credits_left == account.credits_left + 1

    holding = asyncio.create_task(services.transactions.run(hold))
    await locked.wait()
    taking = asyncio.create_task(services.transactions.run(take))
    try:
        await eventually(somebody_waits)
    finally:
        free.set()
    await asyncio.gather(holding, taking)


@pytest.mark.usefixtures("switch")
async def test_a_statement_of_ones_own_finds_what_the_orm_finds(world: World) -> None:
    """Whole rows in the statement's order, its parameters by their places, however often and in whatever order."""
    accounts = await populate(world, accounts=3, each=3)
    await Sender.filter(account_id=accounts[1].id).update(name="$1 ?1 'é😀", status=SenderStatus.REFUSED)
    sql = """
        SELECT senders.* FROM senders JOIN accounts ON accounts.id = senders.account_id
        WHERE (accounts.name = $2 OR senders.name = $3) AND senders.name_key <> $1 AND $2 <> $3
        ORDER BY senders.id DESC
    """
    for skipped, name, text in (("name 002", accounts[0].name, "$1 ?1 'é😀"), ("", accounts[2].name, "x")):
        wanted = Sender.filter(Q(account__name=name) | Q(name=text), name_key__not=skipped)
        expected = await wanted.order_by("-id")
        assert len(expected) >= 3
        assert _contents(await load_by(Sender, sql, skipped, name, text)) == _contents(expected)
    assert await load_by(Sender, sql, "", "nobody", "x") == []
