"""Logs of any length, written directly into their tables, and a follower's reads."""

import asyncio
from collections.abc import AsyncIterator

from tortoise.expressions import F

from server.gateways.protocol import OperatorMessage
from server.logs.reader import M
from server.operations.core.services import Services
from server.operations.credits.credits import grant_credits
from server.operations.credits.quotas import set_user_quota
from server.operations.dispatch.inbound import store_incoming
from server.store.models import Account, DeliveryEvent, Message, User
from tests.client import PATIENCE_SECONDS
from tests.factories.access.callers import Callers
from tests.factories.messages.messages import RECEIVER, send

MESSAGE = 999_999


async def status_changes(**narrowed: int) -> list[DeliveryEvent]:
    """Return the status changes in the log, oldest first: those that callbacks report."""
    return await DeliveryEvent.filter(**narrowed).exclude(previous_status=None).order_by("sequence")


async def add_events(account: Account, count: int, *, user: User | None = None, at_us: int = 0) -> None:
    """Append delivery events, all of one message, to an account's log, without a wake-up."""
    if not await Message.exists(id=MESSAGE):
        await Message.create(
            id=MESSAGE, account_id=account.id, batch_id=1, sender="Chappe", receiver="+33612345678", country="FR",
            body="Hello", coding="GSM_7BIT", parts=1, credits=0, from_quota=False, created_at_us=0, due_at_us=2**62,
            status_changed_at_us=0,
        )  # fmt: skip
    await Account.filter(id=account.id).update(event_sequence=F("event_sequence") + count)
    last = (await Account.get(id=account.id)).event_sequence
    await DeliveryEvent.bulk_create(
        [
            DeliveryEvent(
                account_id=account.id, sequence=sequence, message_id=MESSAGE, user_id=user.id if user else None,
                previous_status=0, status=4, ptt=3, at_us=at_us,
            )
            for sequence in range(last - count + 1, last + 1)
        ],
        batch_size=500,
    )  # fmt: skip


async def stir_logs(services: Services, callers: Callers, number: int) -> None:
    """Move credits of one user, let another fall to its limit, and let a message come in."""
    demo, operator = callers.demo, callers.world.operator
    for credits in (21_000, 19_000):
        await set_user_quota(
            services, demo.holder, account=demo.account.name, login=demo.colleague.login, enabled=True,
            credits=credits,
        )  # fmt: skip
    await grant_credits(services, operator, account=demo.account.name, credits=1, key=f"k{number}")
    await send(services, callers.world.as_user(demo.script), demo.account)
    await store_incoming(services, "link", [OperatorMessage(None, f"m{number}", RECEIVER, "Chappe", "Hi")])


async def purge_events(account: Account, *, through: int) -> None:
    """Delete the oldest events of an account, as a purge does."""
    await DeliveryEvent.filter(account_id=account.id, sequence__lte=through).delete()
    await Account.filter(id=account.id).update(events_purged=through)


async def taken(entries: AsyncIterator[M], count: int) -> list[int]:
    """Return the numbers of the next entries; fail instead of waiting for ever."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        return [(await anext(entries)).sequence for _ in range(count)]
