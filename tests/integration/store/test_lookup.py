"""Finding one row by texts that people type."""

import pytest

from server.store.lookup import find_one
from server.store.models import User
from tests.factories.accounts.accounts import World


async def test_the_row_with_these_values_is_found(world: World) -> None:
    """The one row that has all the values is returned, and none where no row has them all."""
    account = await world.account()
    user = await world.user(account)
    assert await find_one(User.all(), account_id=account.id, login_key="script") == user
    assert await find_one(User.all(), account_id=account.id + 1, login_key="script") is None


@pytest.mark.parametrize("column", ["login_key", "account__name"])
async def test_a_text_longer_than_its_column_is_not_there(world: World, column: str) -> None:
    """A text that the column could not hold is looked for in vain, and is no fault."""
    await world.user(await world.account())
    assert await find_one(User.all(), **{column: "x" * 41}) is None
