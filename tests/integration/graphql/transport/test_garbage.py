"""What an answered request leaves behind."""

import gc

import pytest

from server.operations.core.services import Services
from tests.factories.accounts.accounts import World
from tests.factories.graphql.api import Api

REQUESTS = 50


@pytest.mark.parametrize(
    "query",
    [
        '{ account(name: "sms-demo-1") { name creditsLeft } }',
        '{ users(account: "sms-demo-1") { nodes { login quota { left } statistics: messages(first: 1) { nodes { id } } } } }',
        '{ account(name: "sms-none-1") { name } }',
        'mutation { setUserQuota(input: {account: "sms-demo-1", login: "script", enabled: false}) { userErrors { code } } }',
    ],
)
@pytest.mark.one_database
async def test_a_request_leaves_nothing_to_the_garbage_collector(
    services: Services, world: World, query: str
) -> None:
    """What it made is gone with it: a full collection, which stops everything, stays rare."""
    await world.user(await world.account())
    api = Api(services)
    await api.answer(world.holder, query)
    gc.collect()
    gc.disable()
    try:
        for _ in range(REQUESTS):
            await api.answer(world.holder, query)
        assert gc.collect() < REQUESTS
    finally:
        gc.enable()
