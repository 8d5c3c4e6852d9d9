"""Workers that wait and followers of an account's logs are woken by the right events."""

from collections.abc import Awaitable, Callable
from contextlib import ExitStack

import pytest

from server.bus.bus import Queue, account_topic
from server.gateways.protocol import OperatorMessage, TryLater
from server.operations.accounts.accounts import AccountChanges, update_account
from server.operations.accounts.users import delete_user, set_user_enabled
from server.operations.core.services import Services
from server.operations.credits.credits import correct_credits, grant_credits, transfer_credits
from server.operations.credits.quotas import adjust_user_quota, set_user_quota
from server.operations.dispatch.inbound import store_incoming
from server.operations.dispatch.receipts import apply_receipts
from server.operations.messages.cancellation import cancel_message, cancel_pending_messages
from server.store.models import Account
from server.store.models.accounts import AccountStatus
from tests.factories.accounts.accounts import World
from tests.factories.callbacks.callbacks import HOOK
from tests.factories.messages.messages import DELIVERED, RECEIVER, accepted, answer, claim, send, store
from tests.factories.notifications.alerts import watch


async def _woken(services: Services, account: Account, call: Callable[[], Awaitable[object]]) -> set[str]:
    """Return whom a call wakes: those who take from a queue, and those who follow the account ("log")."""
    topics = {**{queue.name: queue.value for queue in Queue}, "log": account_topic(account.id)}
    with ExitStack() as stack:
        events = {name: stack.enter_context(services.bus.listen(topic)) for name, topic in topics.items()}
        await call()
        return {name for name, event in events.items() if event.is_set()}


async def test_what_becomes_of_a_message_is_heard_at_each_stage(services: Services, world: World) -> None:
    """Every change wakes followers, and exactly the loops that have work now."""
    account = await world.account()
    assert await _woken(services, account, lambda: send(services, world.holder, account)) == {
        "MESSAGES",
        "log",
    }
    throttled = await claim(services)
    # What is put back makes no work: it would wake the loop that has just put it back.
    assert await _woken(services, account, lambda: answer(services, throttled, TryLater(0))) == {"log"}
    taken = await claim(services)
    assert await _woken(services, account, lambda: answer(services, taken, accepted("a"))) == {
        "MESSAGES",
        "RECEIPTS",
        "log",
    }
    assert await _woken(services, account, lambda: store(services, ("a", DELIVERED))) == {"RECEIPTS"}
    assert await _woken(services, account, lambda: apply_receipts(services, limit=9)) == {"log"}
    reply = OperatorMessage(None, "1", RECEIVER, "Chappe", "Hi")
    assert await _woken(services, account, lambda: store_incoming(services, "link", [reply])) == {"log"}


async def test_whoever_is_called_back_wakes_the_callbacks(services: Services, world: World) -> None:
    """Once for what becomes of a message, and once for a STOP."""
    account = await world.account()
    changes: AccountChanges = {"callback_url": HOOK, "stop_callback_url": HOOK}
    await update_account(services, world.holder, account=account.name, changes=changes)
    await send(services, world.holder, account)
    taken = await claim(services)
    await answer(services, taken, accepted("a"))
    await store(services, ("a", DELIVERED))
    assert await _woken(services, account, lambda: apply_receipts(services, limit=9)) == {"CALLBACKS", "log"}
    stop = OperatorMessage(None, "2", RECEIVER, "Chappe", "STOP")
    assert await _woken(services, account, lambda: store_incoming(services, "link", [stop])) == {
        "CALLBACKS",
        "log",
    }


@pytest.mark.parametrize("how", ["one", "all", "disabled user", "deleted user", "disabled account"])
async def test_cancelled_messages_are_news(services: Services, world: World, how: str) -> None:
    """By whatever way they are cancelled."""
    account = await world.account()
    user = world.as_user(await world.user(account))
    number = await send(services, user, account)
    name, holder = account.name, world.holder
    calls: dict[str, Callable[[], Awaitable[object]]] = {
        "one": lambda: cancel_message(services, user, message_id=number),
        "all": lambda: cancel_pending_messages(services, holder, account=name, login=None),
        "disabled user": lambda: set_user_enabled(
            services, holder, account=name, login="script", enabled=False
        ),
        "deleted user": lambda: delete_user(services, holder, account=name, login="script"),
        "disabled account": lambda: update_account(
            services, world.operator, account=name, changes={"status": AccountStatus.DISABLED}
        ),
    }
    assert "log" in await _woken(services, account, calls[how])


async def test_credits_that_move_are_news(services: Services, world: World) -> None:
    """By whatever way, on both sides of a transfer; an alert that they raise is work as well."""
    account, other = await world.account(), await world.account("sms-other-1")
    await world.user(account)
    await watch(world, account, 190_000)
    name, holder, operator = account.name, world.holder, world.operator

    def set_quota(credits: int) -> Awaitable[object]:
        return set_user_quota(services, holder, account=name, login="script", enabled=True, credits=credits)

    def transfer() -> Awaitable[object]:
        return transfer_credits(services, holder, source=name, target=other.name, credits=1, key="k")

    def correct(credits: int) -> Awaitable[object]:
        return correct_credits(services, operator, account=name, credits=credits, reason="x")

    assert await _woken(services, account, lambda: set_quota(1_000)) == {"log"}
    adjust = adjust_user_quota(services, holder, account=name, login="script", delta=1)
    assert await _woken(services, account, lambda: adjust) == {"log"}
    assert await _woken(services, other, transfer) == {"log"}
    assert await _woken(services, account, lambda: correct(1_000)) == {"log"}
    grant = grant_credits(services, operator, account=name, credits=1, key="g")
    assert await _woken(services, account, lambda: grant) == {"log"}
    assert await _woken(services, account, lambda: correct(50_000)) == {"NOTIFICATIONS", "log"}
