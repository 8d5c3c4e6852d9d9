"""Purging: expired data goes, and data that may still be requested stays."""

import pytest

from server.kit.clock import DAY_US, HOUR_US, ManualClock
from server.operations.access.authentication import principal_of_secret, sign_in_holder, sign_out
from server.operations.access.tokens import create_access_token, revoke_access_token
from server.operations.core.principals import Principal, Scope
from server.operations.core.services import Services
from server.operations.maintenance import retention
from server.operations.maintenance.retention import Purge, purge
from server.rules.callbacks.callbacks import TryVerdict
from server.store.models import (
    AccessToken,
    Account,
    CallbackDelivery,
    CallbackTarget,
    CallbackTry,
    DeliveryEvent,
    IdempotencyKey,
    IncomingPart,
    Message,
    MessagePart,
    RateBucket,
    Receipt,
    SignInOrigin,
    Throttle,
)
from server.store.models.callbacks import CallbackKind, CallbackState
from tests.factories.accounts.accounts import HOLDER_PASSWORD, World
from tests.factories.logs.entries import add_events

KEPT_US = 7 * DAY_US


async def test_a_fresh_server_has_nothing_to_purge(services: Services, world: World) -> None:
    """Nothing is deleted that was not there."""
    del world
    assert await purge(services) == Purge(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)


async def test_expired_tokens_and_ended_sessions_go(
    services: Services, world: World, clock: ManualClock
) -> None:
    """A live session and a token that lives or was revoked stay; what has expired or was signed out goes."""
    del world
    early, late = [await _session(services) for _ in range(2)]
    for lifetime_seconds, label in ((3_600, "short"), (8 * 86_400, "long"), (8 * 86_400, "revoked")):
        token = await create_access_token(
            services, early, label=label, scopes=[Scope.READ], lifetime_seconds=lifetime_seconds
        )
    await revoke_access_token(services, early, token_id=token.token.id)
    await sign_out(services, late)
    clock.advance(2 * 3_600)
    assert (await purge(services)).tokens == 2
    left = [token.label for token in await AccessToken.all().order_by("id")]
    assert left == ["session", "long", "revoked"]


async def test_old_idempotency_keys_go(services: Services, world: World, clock: ManualClock) -> None:
    """A key is kept for 7 days, and then no longer."""
    await world.account()
    clock.advance(6 * 86_400)
    await world.account("sms-demo-2")
    clock.advance(86_400)
    assert (await purge(services)).idempotency_keys == 1
    assert await IdempotencyKey.all().count() == 1


async def test_empty_rate_buckets_go(services: Services, world: World) -> None:
    """A bucket is kept for as long as it could hold anything."""
    del world
    now_us = services.clock.now_us()
    emptied_us = services.policy.rate_emptied_us
    for key, at_us in (("user:1", now_us - emptied_us), ("user:2", now_us - emptied_us + 1)):
        await RateBucket.create(key=key, level=1, at_us=at_us)
    assert (await purge(services)).rate_buckets == 1
    assert [bucket.key for bucket in await RateBucket.all()] == ["user:2"]


async def test_stale_throttles_go(services: Services, world: World) -> None:
    """A throttle is kept while it counts or holds somebody back."""
    del world
    now_us = services.clock.now_us()
    for key, blocked_until_us, updated_at_us in (
        ("login:stale", now_us - 2 * HOUR_US, now_us - 2 * HOUR_US),
        ("login:blocked", now_us + 60, now_us - 2 * HOUR_US),
        ("login:fresh", now_us, now_us - 60),
    ):
        await Throttle.create(
            key=key, failures=6, blocked_until_us=blocked_until_us, updated_at_us=updated_at_us
        )
    assert (await purge(services)).throttles == 1
    assert {throttle.key for throttle in await Throttle.all()} == {"login:blocked", "login:fresh"}


async def test_origins_that_nobody_signs_in_from_go(services: Services, world: World) -> None:
    """After 90 days without a success from there."""
    del world
    old_us = services.clock.now_us() - 90 * DAY_US
    for key, used_at_us in (("old", old_us), ("in use", old_us + 1)):
        await SignInOrigin.create(key=key, used_at_us=used_at_us)
    assert (await purge(services)).sign_in_origins == 1
    assert [origin.key for origin in await SignInOrigin.all()] == ["in use"]


async def test_receipts_that_fit_no_message_go(services: Services, world: World) -> None:
    """An old receipt goes if no message part has its id; one that waits to be applied, or is fresh, stays."""
    account = await world.account()
    await _part(account, "known")
    now_us = services.clock.now_us()
    for operator_id, received_at_us in (
        ("unknown", now_us - KEPT_US),
        ("known", now_us - KEPT_US),
        ("unknown and fresh", now_us - KEPT_US + 1),
    ):
        await Receipt.create(
            gateway="simulator", operator_id=operator_id, status=1, ptt=4, received_at_us=received_at_us
        )
    assert (await purge(services)).receipts == 1
    left = [receipt.operator_id for receipt in await Receipt.all().order_by("id")]
    assert left == ["known", "unknown and fresh"]


async def test_more_than_a_batch_goes(
    services: Services, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However much has expired, all of it goes."""
    del world
    monkeypatch.setattr(retention, "BATCH", 2)
    for number in range(5):
        await Throttle.create(key=f"login:{number}", failures=1, blocked_until_us=0, updated_at_us=0)
    assert (await purge(services)).throttles == 5


@pytest.mark.parametrize("batch", [2, 1_000])
async def test_old_events_go_from_the_front(
    services: Services, world: World, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    """Each account's log loses what lies before its first young event, and says how far; no other table does."""
    monkeypatch.setattr(retention, "BATCH", batch)
    account, other = await world.account(), await world.account("sms-other-1")
    old_us = services.clock.now_us() - services.policy.event_retention_days * DAY_US
    for count, at_us in ((5, old_us), (1, old_us + 1), (1, old_us), (1, services.clock.now_us())):
        await add_events(account, count, at_us=at_us)
    await add_events(other, 2, at_us=old_us)
    assert (await purge(services)).events == 7
    left = await DeliveryEvent.all().order_by("sequence").values_list("account_id", "sequence")
    assert left == [(account.id, 6), (account.id, 7), (account.id, 8)]
    gone = await Account.all().order_by("id").values_list("events_purged", "event_sequence")
    assert gone == [(5, 8), (2, 2)]
    assert await Message.all().count() == 1
    assert (await purge(services)).events == 0


async def test_callbacks_that_have_ended_go_with_their_tries(services: Services, world: World) -> None:
    """Once they are as old as events may become; what waits to be tried stays, however old."""
    account = await world.account()
    target = await CallbackTarget.create(account_id=account.id, url="https://a.example/", host="a.example")
    old_us = services.clock.now_us() - services.policy.event_retention_days * DAY_US
    for name, state, ended_at_us in (
        ("old", CallbackState.DELIVERED, old_us),
        ("failed", CallbackState.FAILED, old_us - 1),
        ("young", CallbackState.DELIVERED, old_us + 1),
        ("waiting", CallbackState.WAITING, None),
        ("replayed", CallbackState.WAITING, old_us),
    ):
        delivery = await CallbackDelivery.create(
            account_id=account.id, target_id=target.id, kind=CallbackKind.TEST, webhook_id=name, query="",
            state=state, due_at_us=0, created_at_us=0, ended_at_us=ended_at_us,
        )  # fmt: skip
        await CallbackTry.create(
            delivery_id=delivery.id, at_us=0, latency_us=1, verdict=TryVerdict.DELIVERED, status=204
        )
    assert (await purge(services)).callbacks == 2
    left = [row.webhook_id for row in await CallbackDelivery.all().order_by("id")]
    assert left == ["young", "waiting", "replayed"]
    assert await CallbackTry.all().count() == 3


async def _session(services: Services) -> Principal:
    session = await sign_in_holder(
        services, email="holder@example.com", password=HOLDER_PASSWORD, address=None
    )
    return await principal_of_secret(services, session.secret, None)


async def _part(account: Account, operator_id: str) -> None:
    message = await Message.create(
        id=1, account_id=account.id, batch_id=1, sender="Chappe", receiver="+33612345678", country="FR",
        body="Hello", coding="GSM_7BIT", parts=1, credits=0, from_quota=False, created_at_us=0, due_at_us=0,
        sent_at_us=0, status_changed_at_us=0,
    )  # fmt: skip
    await MessagePart.create(
        message_id=message.id, account_id=account.id, part=1, gateway="simulator", operator_id=operator_id,
        status=4,
    )  # fmt: skip


async def test_old_parts_of_incoming_messages_go(
    services: Services, world: World, clock: ManualClock
) -> None:
    """Those of a link that is gone, which nobody puts together any more."""
    del world
    for days in (6, 8):
        await IncomingPart.create(
            gateway="gone", sender="+33612345678", receiver="Chappe", reference=1, total=2, number=1,
            data_coding=0, octets=b"Hi", received_at_us=clock.now_us() - days * DAY_US,
        )  # fmt: skip
    assert (await purge(services)).incoming_parts == 1
    assert await IncomingPart.all().count() == 1
