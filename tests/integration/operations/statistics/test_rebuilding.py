"""Statistics that went wrong are counted anew."""

import asyncio

from server.kit.clock import ManualClock
from server.operations.core.services import Services
from server.operations.maintenance.retention import purge
from server.operations.statistics.rebuilding import rebuild_statistics
from server.store.models import Message
from server.store.sql import fetch
from tests.factories.accounts.accounts import World
from tests.factories.messages.messages import DELIVERED, FAILED, numbers, receive, send, submit, submit_all
from tests.factories.statistics.recount import check_statistics

DAY_SECONDS = 86_400


async def test_what_went_wrong_is_put_right(services: Services, world: World, clock: ManualClock) -> None:
    """What is missing, what is too much, and what is counted of a day on which nothing was sent."""
    account, other = await world.account(), await world.account("sms-demo-2")
    user = await world.user(account)
    for index, state in enumerate((DELIVERED, FAILED)):
        await send(services, world.as_user(user), account)
        await submit(services, str(index))
        clock.advance(7)
        await receive(services, (str(index), state))
        clock.advance(3 * DAY_SECONDS)
    await send(services, world.holder, account, *numbers(2))
    await send(services, world.holder, other)
    messages = await Message.filter(account_id=account.id)
    for table in ("message_sums", "message_outcomes"):
        await fetch(
            f"DELETE FROM {table} WHERE account_id = $1 AND user_id = -1 AND slot_minutes = 15", account.id
        )
        await fetch(f"UPDATE {table} SET messages = messages + 1 WHERE slot_minutes = 1440")
        await fetch(
            f"UPDATE {table} SET start_us = start_us - $1 WHERE user_id = $2 AND slot_minutes = 1440",
            DAY_SECONDS * 10**6,
            user.id,
        )
    days: list[int] = []
    assert await rebuild_statistics(services, account.id, progress=days.append) == 5
    assert days == [1, 2, 3, 4, 5]
    await check_statistics(account.id, messages)
    await rebuild_statistics(services, other.id, progress=days.append)
    await check_statistics(other.id, await Message.filter(account_id=other.id))


async def test_sending_goes_on_while_all_is_counted_anew(services: Services, world: World) -> None:
    """Whether a message is accepted or ends before its day is counted, meanwhile or after, it counts once."""
    account = await world.account()
    for _ in range(5):
        await send(services, world.holder, account)
    await submit_all(services)
    ids = [message.id for message in await Message.filter(account_id=account.id)]
    await asyncio.gather(
        *(send(services, world.holder, account) for _ in range(5)),
        *(rebuild_statistics(services, account.id, progress=lambda _: None) for _ in range(2)),
        *(receive(services, (f"{id}-0", DELIVERED)) for id in ids),
    )
    await check_statistics(account.id, await Message.filter(account_id=account.id))


async def test_what_was_purged_stays_counted(services: Services, world: World, clock: ManualClock) -> None:
    """Events and receipts go when they are old, but messages and their statistics do not, counted anew or not."""
    account = await world.account()
    await send(services, world.as_user(await world.user(account)), account)
    await submit(services, "a")
    await receive(services, ("a", DELIVERED))
    clock.advance((services.policy.event_retention_days + 1) * DAY_SECONDS)
    assert (await purge(services)).events == 3
    for _ in range(2):
        [message] = await Message.filter(account_id=account.id)
        await check_statistics(account.id, [message])
        assert await rebuild_statistics(services, account.id, progress=lambda _: None) == 1


async def test_an_account_that_never_sent_has_nothing_to_count(services: Services, world: World) -> None:
    """And nothing is done."""
    account = await world.account()
    assert await rebuild_statistics(services, account.id, progress=lambda _: None) == 0
