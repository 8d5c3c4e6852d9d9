"""Lists in pages: every row once, in order, from either end, with any page size."""

from typing import Any

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType

from server.graphql.schema.paging import DEFAULT_PAGE
from server.graphql.schema.schema import schema
from server.kit.clock import ManualClock
from server.store.models import Account, User
from tests.factories.accounts.accounts import World
from tests.factories.graphql.api import Api, Json
from tests.factories.graphql.schema.lists import LISTS, Listing
from tests.factories.store.population import TIED, add_messages, add_user, populate

ROWS = 2 * TIED + 1
SIZES = [*range(1, ROWS + 2), 100]

every_list = pytest.mark.parametrize("listing", LISTS.values(), ids=LISTS)


async def _populate(world: World) -> Account:
    """Give each list `ROWS` rows; those of an account also appear in lists over all accounts."""
    account, *_ = await populate(world, accounts=1, each=ROWS)
    for number in range(1, ROWS):
        await Account.create(
            name=f"sms-many-{number:03d}",
            holder_id=account.holder_id,
            created_at_us=account.created_at_us + number // TIED,
            credits_left=number // TIED,
        )
    # One user of its own sent so many messages.
    await add_messages(world, account, ROWS - 1, await User.get(login_key="user-000"))
    return account


async def _walk(api: Api, world: World, listing: Listing, size: int, *, backward: bool = False) -> list[Json]:
    """Return all nodes of a list, fetched page by page, in the list's order."""
    nodes: list[Json] = []
    size_name, from_name, cursor_name, more_name = (
        ("last", "before", "startCursor", "hasPreviousPage")
        if backward
        else ("first", "after", "endCursor", "hasNextPage")
    )
    position: dict[str, Any] = {}
    while True:
        page = await listing.page(api, listing.caller(world), **{size_name: size}, **position)
        nodes = [*page["nodes"], *nodes] if backward else [*nodes, *page["nodes"]]
        info = page["pageInfo"]
        behind = info["hasNextPage"] if backward else info["hasPreviousPage"]
        assert behind == bool(position)
        assert not info[more_name] or len(page["nodes"]) == size
        if not info[more_name]:
            return nodes
        position = {from_name: info[cursor_name]}


@every_list
async def test_every_page_size_gives_every_row_once_in_order(
    api: Api, world: World, listing: Listing
) -> None:
    """Forward or backward, a walk over a list with ties gives the same rows, each once, in the list's order."""
    await _populate(world)
    whole = await _walk(api, world, listing, 100)
    keys = [listing.key(node) for node in whole]
    assert keys == sorted(keys, reverse=listing.descending)
    assert len({repr(node) for node in whole}) == len(whole) >= ROWS
    for size in SIZES:
        assert await _walk(api, world, listing, size) == whole
        if not listing.forward_only:
            assert await _walk(api, world, listing, size, backward=True) == whole


@pytest.mark.parametrize(
    "listing",
    [
        pytest.param(each, id=name)
        for name, each in LISTS.items()
        if not each.operators and name != "token.users"
    ],
)
async def test_an_empty_list_is_a_page_without_entries(api: Api, world: World, listing: Listing) -> None:
    """A list with nothing in it has no edges, no cursors, and nothing on either side."""
    if "account" in listing.template.replace("accounts(", ""):
        account = await Account.create(
            name="sms-many-000", holder_id=world.holder.holder_id, created_at_us=world.services.clock.now_us()
        )
        if "user(" in listing.template:
            await add_user(account, "user-000")
    page = await listing.page(api, listing.caller(world))
    assert page == {
        "edges": [],
        "nodes": [],
        "pageInfo": {
            "hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None,
        },
    }  # fmt: skip


@every_list
async def test_what_is_no_page_is_refused(api: Api, world: World, listing: Listing) -> None:
    """A size outside 1 to 100, both directions at once and a malformed cursor are bad input."""
    await _populate(world)
    wrong: list[dict[str, Any]] = [{"first": size} for size in (0, -1, 101, 2**31 - 1)]
    wrong += [
        {"after": cursor} for cursor in ("", "x", "=", "W10", "WzFd", "💬", "null", "[1,2]", "x" * 2_000)
    ]
    if not listing.forward_only:
        wrong += [{"last": size} for size in (0, -1, 101)]
        [edge] = (await listing.page(api, listing.caller(world), first=1))["edges"]
        wrong += [{"first": 1, "last": 1}, {"last": 1, "after": edge["cursor"]}, {"before": "x"}]
    for variables in wrong:
        assert await api.code(listing.caller(world), listing.document, **variables) == "BAD_USER_INPUT", (
            variables
        )


async def test_a_cursor_of_another_list_is_refused(api: Api, world: World) -> None:
    """Each list takes its own cursors in either direction, and none of any other list or order."""
    await _populate(world)
    cursors = {
        listing.family: (await listing.page(api, listing.caller(world), first=1))["edges"][0]["cursor"]
        for listing in LISTS.values()
    }
    assert len(set(cursors.values())) == len(cursors)
    for listing in LISTS.values():
        for family, cursor in cursors.items():
            if family == listing.family:
                await listing.page(api, listing.caller(world), after=cursor)
            else:
                code = await api.code(listing.caller(world), listing.document, after=cursor)
                assert code == "BAD_USER_INPUT", (listing, family)


def test_every_list_of_the_schema_is_walked() -> None:
    """The lists that these tests walk are all that the schema has."""
    connections = {
        (type_.name, name)
        for type_ in schema._schema.type_map.values()
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType)
        for name, field in type_.fields.items()
        if str(field.type).strip("!").endswith("Connection")
    }
    owners = {
        "account": "Account", "user": "User", "viewer": "Viewer", "holder": "Holder", "token": "AccessToken",
    }  # fmt: skip
    walked = set()
    for name in LISTS:
        owner, _, field = name.split(" ")[0].rpartition(".")
        walked.add((owners.get(owner, "Query"), field))
    assert walked == connections


async def test_without_a_size_a_page_has_fifty_entries(api: Api, world: World) -> None:
    """A list that is asked for no size gives its first 50 entries, and says that there are more."""
    [account] = await populate(world, accounts=1, each=1)
    await add_messages(world, account, DEFAULT_PAGE)
    page = await LISTS["messages"].page(api, world.holder)
    assert (len(page["nodes"]), page["pageInfo"]["hasNextPage"]) == (DEFAULT_PAGE, True)


async def test_a_hundred_entries_fit_a_page(api: Api, world: World) -> None:
    """The largest page holds a hundred entries, and knows that the hundred and first follows."""
    [account] = await populate(world, accounts=1, each=1)
    await add_messages(world, account, 100)
    page = await LISTS["messages"].page(api, world.holder, first=100)
    assert (len(page["nodes"]), page["pageInfo"]["hasNextPage"]) == (100, True)
    page = await LISTS["messages"].page(api, world.holder, last=100)
    assert (len(page["nodes"]), page["pageInfo"]["hasPreviousPage"]) == (100, True)


async def test_a_page_may_lie_between_two_cursors(api: Api, world: World) -> None:
    """With both cursors a page holds only what lies between them."""
    await _populate(world)
    edges = (await LISTS["users"].page(api, world.holder))["edges"]
    page = await LISTS["users"].page(
        api, world.holder, first=100, after=edges[1]["cursor"], before=edges[4]["cursor"]
    )
    assert page["edges"] == edges[2:4]


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
@pytest.mark.parametrize("size", range(1, 5))
@pytest.mark.parametrize("name", ["users LOGIN ASC", "users CREATED_AT DESC", "messages", "account.users"])
async def test_rows_that_come_meanwhile_disturb_no_walk(
    api: Api, world: World, clock: ManualClock, name: str, size: int, *, backward: bool
) -> None:
    """While rows are added before, among and behind those that are walked, each of the latter comes once, in order."""
    account = await _populate(world)
    listing = LISTS[name]
    before = await _walk(api, world, listing, 100)
    seen: list[Json] = []
    position: dict[str, Any] = {}
    for turn in range(100):
        direction = {"last": size} if backward else {"first": size}
        page = await listing.page(api, listing.caller(world), **direction, **position)
        seen = [*page["nodes"], *seen] if backward else [*seen, *page["nodes"]]
        info = page["pageInfo"]
        if not info["hasPreviousPage" if backward else "hasNextPage"]:
            break
        position = {"before": info["startCursor"]} if backward else {"after": info["endCursor"]}
        if turn < ROWS:
            for login in (f"a-{turn}", f"user-00{turn}a", f"z-{turn}"):
                await add_user(account, login)
            await add_messages(world, account, 1)
            clock.advance(1)
            await add_messages(world, account, 1)
    keys = [listing.key(node) for node in seen]
    assert keys == sorted(keys, reverse=listing.descending)
    assert [node for node in seen if node in before] == before
