"""An account whose ledger has an entry of nearly every kind."""

from server.operations.credits.credits import correct_credits, grant_credits
from server.operations.credits.quotas import adjust_user_quota, set_user_quota
from server.operations.messages.cancellation import cancel_message
from server.operations.messages.screening import Draft
from server.operations.messages.sending import send_message
from server.store.models import Account
from server.store.sql import fetch
from tests.factories.accounts.accounts import World

KINDS = (
    "GRANT", "QUOTA_SET", "MESSAGE", "MESSAGE", "REFUND", "QUOTA_ADJUSTED", "CORRECTION", "QUOTA_RELEASED",
    "GRANT",
)  # fmt: skip


async def varied_ledger(world: World, name: str = "sms-demo-1") -> Account:
    """Write a ledger of `KINDS`: a quota paid the third entry, the account the fourth."""
    services = world.services
    account = await world.account(name)
    user = await world.user(account)
    owner = await world.owner(account)
    await set_user_quota(services, owner, account=name, login=user.login, enabled=True, credits=150_000)
    await send_message(services, world.as_user(user), _draft(name, "+33612345678"), idempotency_key=None)
    sent = await send_message(services, owner, _draft(name, "+447700900000"), idempotency_key=None)
    await cancel_message(services, owner, message_id=sent.message_ids[0])
    await adjust_user_quota(services, owner, account=name, login=user.login, delta=-9_000)
    await correct_credits(services, world.operator, account=name, credits=5_000, reason="granted twice")
    await set_user_quota(services, owner, account=name, login=user.login, enabled=False)
    await set_user_quota(services, owner, account=name, login=user.login, enabled=True, credits=0)
    await grant_credits(services, world.operator, account=name, credits=1, key=f"again {name}")
    return await Account.get(id=account.id)


async def tamper(sql: str) -> None:
    """Change the database directly; delete the delivery events, so that messages can be deleted."""
    await fetch("DELETE FROM delivery_events")
    await fetch(sql)


def _draft(account: str, receiver: str) -> Draft:
    return Draft(account=account, sender="Chappe", receivers=(receiver,), text="Hello")
