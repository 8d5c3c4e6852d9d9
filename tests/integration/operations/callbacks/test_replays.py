"""Repeating missed callbacks."""

import pytest

from server.errors import Forbidden, InvalidInput, NotFound, RateLimited
from server.gateways.protocol import OperatorMessage
from server.kit.clock import ManualClock
from server.operations.accounts.accounts import update_account
from server.operations.accounts.user_settings import set_user_callback
from server.operations.callbacks import replays
from server.operations.callbacks.claims import claim_calls
from server.operations.callbacks.replays import Replay, Span, replay_message, replay_span
from server.operations.core.services import Services
from server.operations.dispatch.inbound import store_incoming
from server.rules.core import outreach
from server.rules.core.outreach import Bound
from server.store.models import Account, AuditEntry, CallbackDelivery
from tests.factories.accounts.accounts import World
from tests.factories.callbacks.callbacks import (
    BROKEN,
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
from tests.factories.messages.messages import DELIVERED, RECEIVER, reach, receive, send

EVER = {"from_us": 0, "to_us": 2**60}


async def _replay(
    services: Services, world: World, account: Account, *, delivered_too: bool = False, **more: object
) -> Replay:
    span = Span(**{"account": account.name, "login": None, **EVER, **more})  # type: ignore[arg-type]
    return await replay_span(services, world.holder, span, delivered_too=delivered_too)


async def test_what_never_had_a_url_is_called(services: Services, world: World) -> None:
    """Each change of each message once, in order, once a URL is set."""
    account = await world.account()
    user = await world.user(account)
    for name in ("a", "b"):
        await delivered(services, world.as_user(user), account, name)
    assert (await _replay(services, world, account)).count == 0
    await set_user_callback(
        services, world.holder, account=account.name, login=user.login, url=HOOK, stop_url=None
    )
    assert await _replay(services, world, account) == Replay(4, None)
    told = [(said(call)["id"], said(call)["description"]) for call in await call_all(services)]
    for number in {number for number, _ in told}:
        assert [status for of, status in told if of == number] == ["4", "1"]
    assert len(told) == 4
    assert (await _replay(services, world, account)).count == 0


async def test_a_replay_bears_the_same_webhook_id(services: Services, world: World) -> None:
    """What failed goes to the URL of today, with all its tries before it."""
    account = await world.account()
    user = await listening_user(services, world, account)
    await pending(services, world.as_user(user), account)
    [before] = await call_due(services, GONE)
    assert (await _replay(services, world, account)).count == 0  # the URL is disabled
    await set_user_callback(
        services, world.holder, account=account.name, login=user.login, url=OTHER_HOOK, stop_url=None
    )
    assert (await _replay(services, world, account)).count == 1
    assert (await CallbackDelivery.get()).attempts == 0
    [after] = await call_all(services)
    assert after.host == "other.example"
    assert after.headers["webhook-id"] == before.headers["webhook-id"]
    assert after.headers["chappe-cursor"] == before.headers["chappe-cursor"]
    assert said(after) == said(before)


async def test_what_waits_for_hours_is_tried_now(services: Services, world: World) -> None:
    """But what a worker has at this moment is left to it."""
    account = await world.account()
    user = await listening_user(services, world, account)
    await pending(services, world.as_user(user), account)
    await call_due(services, BROKEN)
    assert await call_due(services, OK) == []
    assert (await _replay(services, world, account)).count == 1
    assert len(await claim_calls(services, under_way=())) == 1
    assert (await _replay(services, world, account)).count == 0


async def test_what_was_delivered_only_when_asked(services: Services, world: World) -> None:
    """Of one message, or of a time."""
    account = await world.account()
    user = await listening_user(services, world, account)
    number = await delivered(services, world.as_user(user), account)
    await call_all(services)
    for too, count in ((False, 0), (True, 2)):
        replayed = await replay_message(services, world.holder, message_id=number, delivered_too=too)
        assert replayed == Replay(count, None)
        assert len(await call_all(services)) == count
    assert (await _replay(services, world, account, delivered_too=True)).count == 2
    assert [said(call)["description"] for call in await call_all(services)] == ["4", "1"]


async def test_a_time_and_a_user_narrow_it(services: Services, world: World, clock: ManualClock) -> None:
    """From a moment on, up to another, which no longer counts."""
    account = await world.account()
    await update_account(services, world.holder, account=account.name, changes={"callback_url": HOOK})
    user = await world.user(account)
    times = []
    for name, by in (("a", world.holder), ("b", world.as_user(user)), ("c", world.holder)):
        times.append(clock.now_us())
        await pending(services, by, account, name)
        clock.advance(60)
    await call_all(services)
    for span, count in (
        ({"from_us": times[1]}, 2),
        ({"to_us": times[1]}, 1),
        ({"from_us": times[1], "to_us": times[1] + 1}, 1),
        ({"login": user.login}, 1),
    ):
        assert (await _replay(services, world, account, delivered_too=True, **span)).count == count
        assert len(await call_all(services)) == count


async def test_much_is_replayed_by_and_by(
    services: Services, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One call does so much and no more, in transactions of a batch each, and says where the next goes on."""
    monkeypatch.setattr(replays, "BATCH", 2)
    monkeypatch.setattr(replays, "MAX_REPLAYED", 4)
    account = await world.account()
    user = await listening_user(services, world, account)
    for index in range(5):
        await pending(services, world.as_user(user), account, f"m{index}")
    await call_all(services)
    counts, after = [], None
    while True:
        replayed = await _replay(services, world, account, delivered_too=True, after=after)
        counts.append(replayed.count)
        if (after := replayed.next_after) is None:
            break
    assert counts == [4, 1]
    assert len(await call_all(services)) == 5
    trail = await AuditEntry.filter(action="replayCallbacks").order_by("id")
    assert [entry.detail for entry in trail] == [
        '{"callbacks":2}', '{"callbacks":2}', '{"callbacks":1}',
    ]  # fmt: skip


async def test_what_a_bound_stops_in_the_middle_is_told_as_it_is(
    services: Services, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was done counts, and the next call, which goes on there, is refused until there is room."""
    monkeypatch.setattr(replays, "BATCH", 2)
    monkeypatch.setattr(outreach, "REPLAYS_OF_ACCOUNT", Bound(3, 60))
    account = await world.account()
    user = await listening_user(services, world, account)
    for index in range(4):
        await pending(services, world.as_user(user), account, f"m{index}")
    await call_all(services)
    replayed = await _replay(services, world, account, delivered_too=True)
    assert replayed.next_after is not None
    assert (replayed.count, replayed.next_after[0]) == (2, 2 + 2)
    with pytest.raises(RateLimited):
        await _replay(services, world, account, delivered_too=True, after=replayed.next_after)
    assert len(await call_all(services)) == 2


async def test_stops_are_replayed_by_themselves(services: Services, world: World) -> None:
    """Those that nobody heard of, for want of a URL."""
    account = await world.account()
    await send(services, world.holder, account)
    await reach()
    for number, text in enumerate(("STOP", "Thanks")):
        message = OperatorMessage(number, str(number), RECEIVER, "Chappe", text)
        await store_incoming(services, "link", [message])
    await update_account(services, world.holder, account=account.name, changes={"stop_callback_url": HOOK})
    assert (await _replay(services, world, account)).count == 0
    assert (await _replay(services, world, account, stops=True)).count == 1
    [call] = await call_all(services)
    assert said(call)["message"] == "STOP"


async def test_an_earlier_change_comes_first_though_written_later(services: Services, world: World) -> None:
    """The message's first change had no URL, its second failed: a replay tells them in their order."""
    account = await world.account()
    user = await world.user(account)
    number = await pending(services, world.as_user(user), account)
    await set_user_callback(
        services, world.holder, account=account.name, login=user.login, url=HOOK, stop_url=None
    )
    await receive(services, ("a", DELIVERED))
    await call_due(services, BROKEN)
    replayed = await replay_message(services, world.holder, message_id=number, delivered_too=False)
    assert replayed.count == 2
    assert [said(call)["description"] for call in await call_all(services)] == ["4", "1"]
    assert await states(account) == ["delivered"] * 2


async def test_refusals(services: Services, world: World) -> None:
    """Strangers' things, API users, and a time that ends before it begins."""
    account = await world.account()
    user = await listening_user(services, world, account)
    number = await pending(services, world.as_user(user), account)
    span = Span(account=account.name, login=None, from_us=0, to_us=1)
    with pytest.raises(Forbidden):
        await replay_message(services, world.as_user(user), message_id=number, delivered_too=False)
    with pytest.raises(Forbidden):
        await replay_span(services, world.as_user(user), span, delivered_too=False)
    with pytest.raises(NotFound):
        await replay_message(services, world.neighbour, message_id=number, delivered_too=False)
    with pytest.raises(NotFound):
        await replay_span(services, world.neighbour, span, delivered_too=False)
    with pytest.raises(InvalidInput):
        await _replay(services, world, account, from_us=5, to_us=5)
