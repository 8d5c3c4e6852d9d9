"""The callback outbox: which URL is called, with which fields, written in the same transaction."""

import logging
from collections import Counter

import pytest

from server.gateways.protocol import OperatorMessage
from server.kit.clock import ManualClock
from server.operations.accounts.accounts import AccountChanges, update_account
from server.operations.accounts.user_settings import set_user_callback
from server.operations.accounts.users import delete_user
from server.operations.callbacks.outbox import enqueue_status, status_news
from server.operations.core.principals import Principal
from server.operations.core.services import Services
from server.operations.dispatch.inbound import store_incoming
from server.operations.messages.cancellation import cancel_pending_messages
from server.store.models import Account, CallbackDelivery, CallbackTarget, DeliveryEvent, IncomingMessage
from server.store.queries.accounts import lock_account_id
from tests.factories.accounts.accounts import World
from tests.factories.callbacks.callbacks import (
    GONE,
    HOOK,
    OK,
    OTHER_HOOK,
    call_all,
    call_due,
    delivered,
    listening_user,
    pending,
    said,
    states,
)
from tests.factories.logs.entries import status_changes
from tests.factories.messages.messages import RECEIVER, answer, claim, numbers, reach, refused_with, send


async def _set_account(services: Services, world: World, account: Account, **urls: str | None) -> None:
    changes: AccountChanges = {}
    if "url" in urls:
        changes["callback_url"] = urls["url"]
    if "stop_url" in urls:
        changes["stop_callback_url"] = urls["stop_url"]
    await update_account(services, await world.owner(account), account=account.name, changes=changes)


async def test_each_change_of_status_is_called_back_in_its_words(services: Services, world: World) -> None:
    """Number, ptt, time in UTC, status number and its words; the URL's own query comes first."""
    account = await world.account()
    user = await listening_user(services, world, account, url=f"{HOOK}?key=a%20b")
    number = await pending(services, world.as_user(user), account)
    [call] = await call_due(services, OK)
    assert call.url.startswith(f"{HOOK}?key=a%20b&id={number}&ptt=3&date=")
    assert said(call) == {
        "key": "a b",
        "id": str(number),
        "ptt": "3",
        "date": "2026-09-21T12:00:00.000Z",
        "description": "4",
        "descriptionDlr": "Accepted by the operator, on its way.",
    }


async def test_the_order_is_that_of_the_events(services: Services, world: World) -> None:
    """A message's second change is called back after its first has been."""
    account = await world.account()
    user = await listening_user(services, world, account)
    await delivered(services, world.as_user(user), account)
    assert [said(call)["description"] for call in await call_all(services)] == ["4", "1"]
    events = await status_changes()
    rows = await CallbackDelivery.all().order_by("id")
    assert [row.event_sequence for row in rows] == [event.sequence for event in events]


async def test_a_cancelled_message_has_no_ptt(services: Services, world: World) -> None:
    """What nobody gave is there, and empty."""
    account = await world.account()
    user = await listening_user(services, world, account)
    await send(services, world.as_user(user), account)
    await cancel_pending_messages(services, world.holder, account=account.name, login=None)
    [call] = await call_due(services, OK)
    assert (said(call)["ptt"], said(call)["description"]) == ("", "16")


async def test_the_users_url_hears_or_else_the_accounts(services: Services, world: World) -> None:
    """Messages of a user with a URL go to that URL, those of others and the holder to the account's."""
    account = await world.account()
    await _set_account(services, world, account, url=OTHER_HOOK)
    user, plain = await listening_user(services, world, account), await world.user(account, "plain")
    for name, by in (("a", world.as_user(user)), ("b", world.as_user(plain)), ("c", world.holder)):
        await pending(services, by, account, name)
    calls = Counter(call.url.partition("?")[0] for call in await call_all(services))
    assert calls == {HOOK: 1, OTHER_HOOK: 2}
    assert await CallbackTarget.all().count() == 2


async def test_nobody_is_called_without_a_url(services: Services, world: World) -> None:
    """Neither on the user nor on the account: nothing is written."""
    account = await world.account()
    user = await world.user(account)
    await delivered(services, world.as_user(user), account)
    assert await CallbackDelivery.all().count() == 0
    assert await CallbackTarget.all().count() == 0


async def test_a_deleted_users_url_hears_no_more(services: Services, world: World) -> None:
    """Later changes of its messages go to the account's URL."""
    account = await world.account()
    user = await listening_user(services, world, account)
    await send(services, world.as_user(user), account)
    taken = await claim(services)
    await delete_user(services, world.holder, account=account.name, login=user.login)
    await _set_account(services, world, account, url=OTHER_HOOK)
    await answer(services, taken, refused_with(20))
    assert [call.host for call in await call_all(services)] == ["other.example"]


async def test_what_goes_to_a_disabled_url_has_failed(services: Services, world: World) -> None:
    """It is not called, and is there to be replayed."""
    account = await world.account()
    user = await listening_user(services, world, account)
    await pending(services, world.as_user(user), account, "a")
    await call_due(services, GONE)
    await pending(services, world.as_user(user), account, "b")
    assert await states(account) == ["failed", "failed"]
    assert await call_due(services, OK) == []


async def test_a_rollback_takes_the_callbacks_with_it(services: Services, world: World) -> None:
    """An event and its callback are there together, or neither is."""
    account = await world.account()
    user = await listening_user(services, world, account)
    number = await pending(services, world.as_user(user), account)
    before = await CallbackDelivery.all().count()

    async def work() -> None:
        locked = await lock_account_id(account.id)
        event = DeliveryEvent(
            account_id=account.id, sequence=99, message_id=number, user_id=user.id,
            previous_status=4, status=8, ptt=1, at_us=0,
        )  # fmt: skip
        await enqueue_status(locked, [event], at_us=0)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await services.transactions.run(work)
    assert await CallbackDelivery.all().count() == before


@pytest.mark.parametrize(("has_url", "statements"), [(True, 4), (False, 0)])
async def test_many_events_take_few_statements(
    services: Services, world: World, caplog: pytest.LogCaptureFixture, *, has_url: bool, statements: int
) -> None:
    """As many for fifty as for two, once the target is there; none of the callbacks' tables without any URL."""
    account = await world.account()
    user = await (listening_user(services, world, account) if has_url else world.user(account))
    counts = []
    caplog.set_level(logging.DEBUG, "tortoise.db_client")
    for name, size in (("first", 2), ("second", 2), ("many", 50)):
        await send(services, world.as_user(user), account, *numbers(size), tag=name)
        taken = await claim(services)
        caplog.clear()
        await answer(services, taken, *[refused_with(20)] * size)
        texts = [record.getMessage() for record in caplog.records]
        counts.append(sum('"callback_targets"' in text or '"callback_deliveries"' in text for text in texts))
    assert counts[1] == counts[2]
    assert max(counts[1:]) <= statements
    assert await CallbackDelivery.all().count() == (54 if has_url else 0)


async def _stop(services: Services, text: str = "Stop.", key: str = "s") -> IncomingMessage:
    await reach()
    await store_incoming(services, "link", [OperatorMessage(1, key, RECEIVER, "Chappe", text)])
    return await IncomingMessage.get(dedup_key=f"link:{key}")


async def _stop_url(services: Services, by: Principal, account: Account, login: str, url: str) -> None:
    await set_user_callback(services, by, account=account.name, login=login, url=None, stop_url=url)


async def test_a_stop_is_called_back(services: Services, world: World) -> None:
    """To the URL of the user who last wrote to that number: its id, the number, the time and the text."""
    account = await world.account()
    user = await world.user(account)
    await _set_account(services, world, account, stop_url=OTHER_HOOK)
    await _stop_url(services, world.holder, account, user.login, HOOK)
    await send(services, world.as_user(user), account)
    incoming = await _stop(services)
    [call] = await call_all(services)
    assert call.url.startswith(f"{HOOK}?")
    assert said(call) == {
        "id": str(incoming.id),
        "senderid": RECEIVER,
        "date": "2026-09-21T12:00:00.000Z",
        "message": "Stop.",
    }
    assert "chappe-cursor" not in call.headers


async def test_a_stop_without_a_users_url_goes_to_the_accounts(services: Services, world: World) -> None:
    """And one that comes again is called back once."""
    account = await world.account()
    await _set_account(services, world, account, stop_url=OTHER_HOOK)
    await send(services, world.holder, account)
    for _ in range(2):
        await _stop(services)
    assert [call.host for call in await call_all(services)] == ["other.example"]


async def test_other_words_are_not_called_back(services: Services, world: World) -> None:
    """Thanks are no STOP."""
    account = await world.account()
    await _set_account(services, world, account, url=HOOK, stop_url=OTHER_HOOK)
    await send(services, world.holder, account)
    await _stop(services, "Thanks")
    assert await CallbackDelivery.all().count() == 0


async def test_an_id_is_never_another_events(services: Services, world: World, clock: ManualClock) -> None:
    """A database that was emptied, or went back to a backup, gives the same number to another event."""
    account = await world.account()
    user = await listening_user(services, world, account)
    await pending(services, world.as_user(user), account)
    [event] = await status_changes()
    before = status_news(event).webhook_id
    assert before == (await CallbackDelivery.get()).webhook_id
    clock.advance(1)
    event.at_us = clock.now_us()
    assert status_news(event).webhook_id != before
