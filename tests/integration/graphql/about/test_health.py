"""The health of the server, which only operators see."""

from typing import Any

from server.kit.clock import DAY_US, SECOND_US, ManualClock
from server.operations.callbacks.management import send_test_callback
from server.operations.core.services import Services
from server.rules.credits.thresholds import AlertChannel
from server.store.models import CallbackTarget, Notification
from tests.factories.accounts.accounts import World
from tests.factories.callbacks.callbacks import listening_user
from tests.factories.graphql.api import Api
from tests.factories.links.links import OPEN, WAITING, report, set_up_link
from tests.factories.messages.messages import send

HEALTH = """{ serverHealth {
    database missingMigrations
    messagesDue messagesDeferred messagesClaimed oldestMessageDueAt receiptsWaiting
    callbacksWaiting callbacksDue oldestCallbackDueAt callbackUrlsDisabled
    notificationsWaiting oldestNotificationDueAt
    linksEnabled linksBound listeners
} }"""
NOON = "2026-09-21T12:00:00.000Z"


async def _health(api: Api, world: World) -> dict[str, Any]:
    health: dict[str, Any] = (await api.data(world.operator, HEALTH))["serverHealth"]
    return health


async def test_a_server_at_rest_is_well(
    api: Api, services: Services, world: World, database_url: str
) -> None:
    """Nothing waits, nothing is due, and the database lacks nothing."""
    kind = "SQLITE" if database_url.startswith("sqlite") else "POSTGRESQL"
    assert await _health(api, world) == {
        "database": kind, "missingMigrations": [],
        "messagesDue": 0, "messagesDeferred": 0, "messagesClaimed": 0, "oldestMessageDueAt": None,
        "receiptsWaiting": 0,
        "callbacksWaiting": 0, "callbacksDue": 0, "oldestCallbackDueAt": None, "callbackUrlsDisabled": 0,
        "notificationsWaiting": 0, "oldestNotificationDueAt": None,
        "linksEnabled": 0, "linksBound": 0, "listeners": 0,
    }  # fmt: skip
    with services.bus.listen("account:1"):
        assert (await _health(api, world))["listeners"] == 1


async def test_what_waits_is_told(api: Api, services: Services, world: World, clock: ManualClock) -> None:
    """How much, and since when the oldest is due; what is for later is counted apart and has no age."""
    account = await world.account()
    user = await listening_user(services, world, account)
    await send(services, world.holder, account)
    await send_test_callback(services, world.holder, account=account.name, login=user.login, stop=False)
    clock.advance(seconds=90)
    await send(services, world.holder, account)
    await send(services, world.holder, account, deferred_until_us=clock.now_us() + DAY_US)
    for due_at_us in (clock.now_us() - SECOND_US, clock.now_us() + DAY_US):
        await Notification.create(
            account_id=account.id, channel=AlertChannel.MAIL, recipient="a@example.com", subject="", body="",
            due_at_us=due_at_us, created_at_us=0,
        )  # fmt: skip
    await CallbackTarget.filter(account_id=account.id).update(disabled_at_us=1)
    health = await _health(api, world)
    assert (health["messagesDue"], health["messagesDeferred"], health["oldestMessageDueAt"]) == (2, 1, NOON)
    assert (health["callbacksWaiting"], health["callbacksDue"], health["oldestCallbackDueAt"]) == (1, 1, NOON)
    assert health["callbackUrlsDisabled"] == 1
    assert health["notificationsWaiting"] == 2
    assert health["oldestNotificationDueAt"] == "2026-09-21T12:01:29.000Z"


async def test_open_links_are_counted(api: Api, services: Services, world: World) -> None:
    """Of those that are enabled, and the one of the settings."""
    await set_up_link(world, "held")
    await set_up_link(world, "waiting")
    await set_up_link(world, "forsaken")
    await set_up_link(world, "disabled", enabled=False)
    await report(services, "held", OPEN)
    await report(services, "waiting", WAITING, worker="two")
    await report(services, "smpp", OPEN, worker="three")
    health = await _health(api, world)
    assert (health["linksEnabled"], health["linksBound"]) == (4, 2)
