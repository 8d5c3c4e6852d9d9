"""Messages that come in, and the blacklist that STOP fills."""

from collections.abc import Sequence

import structlog
from tortoise.expressions import F

from server.errors import ErrorCode, NotFound, about
from server.events.bus import account_topic
from server.gateways.gateway import OperatorMessage
from server.kit.phone_number import parse_phone_number
from server.models import Account, BlacklistEntry, IncomingMessage, Message, Sender
from server.models.lookup import find_one
from server.operations import audit
from server.operations.principals import Principal, Scope
from server.operations.scope import lock_account, lock_account_id
from server.operations.services import Services
from server.operations.transactions import Transaction
from server.rules.senders import SenderStatus
from server.rules.stop import is_stop

log = structlog.get_logger()


async def store_incoming(services: Services, gateway: str, messages: Sequence[OperatorMessage]) -> None:
    """Write incoming messages down, each once; a STOP puts its sender on the account's blacklist.

    A message belongs to the account that last wrote to its sender under the name that it answers, or
    else to the one account on which that name is enabled. One that belongs to nobody is logged and let go.
    """
    for message in messages:
        owner = await _owner(message)
        if owner is None:
            log.warning("incoming message for nobody", gateway=gateway, receiver=message.receiver)
            continue
        account_id, user_id = owner

        async def work(
            transaction: Transaction,
            message: OperatorMessage = message,
            account_id: int = account_id,
            user_id: int | None = user_id,
        ) -> None:
            account = await lock_account_id(account_id)
            await _store(services, account, user_id, f"{gateway}:{message.id}", message)
            transaction.wake(account_topic(account_id))

        await services.transactions.run(work)


async def add_to_blacklist(
    services: Services, principal: Principal, *, account: str, number: str
) -> BlacklistEntry:
    """Refuse sending to a number from now on, as if it had asked for it.

    Raises:
        NotFound: UNKNOWN_ACCOUNT.
        InvalidInput: INVALID_PHONE_NUMBER.
    """
    principal.require(Scope.MANAGE)
    with about("number"):
        e164 = parse_phone_number(number).e164

    async def work(_: Transaction) -> BlacklistEntry:
        locked = await lock_account(principal, account)
        now_us = services.clock.now_us()
        entry, _created = await BlacklistEntry.get_or_create(
            account_id=locked.id, number=e164, defaults={"at_us": now_us}
        )
        await audit.record(principal, "addToBlacklist", e164, at_us=now_us, account=locked)
        return entry

    return await services.transactions.run(work)


async def remove_from_blacklist(
    services: Services, principal: Principal, *, account: str, number: str
) -> tuple[Account, int]:
    """Allow sending to a number again.

    Returns:
        The account as it is now, and the id that the blacklist's entry had.

    Raises:
        NotFound: UNKNOWN_ACCOUNT; UNKNOWN_NUMBER, it is not on the blacklist.
        InvalidInput: INVALID_PHONE_NUMBER.
    """
    principal.require(Scope.MANAGE)
    with about("number"):
        e164 = parse_phone_number(number).e164

    async def work(_: Transaction) -> tuple[Account, int]:
        locked = await lock_account(principal, account)
        entry = await find_one(BlacklistEntry.all(), account_id=locked.id, number=e164)
        if entry is None:
            raise NotFound(
                "This number is not on the blacklist.", code=ErrorCode.UNKNOWN_NUMBER, field=("number",)
            )
        await entry.delete()
        await audit.record(
            principal, "removeFromBlacklist", e164, at_us=services.clock.now_us(), account=locked
        )
        return locked, entry.id

    return await services.transactions.run(work)


async def _owner(incoming: OperatorMessage) -> tuple[int, int | None] | None:
    last = await Message.filter(receiver=incoming.sender, sender=incoming.receiver).order_by("-id").first()
    if last is not None:
        return last.account_id, last.user_id
    named = await Sender.filter(name=incoming.receiver, status=SenderStatus.ENABLED).limit(2)
    return (named[0].account_id, None) if len(named) == 1 else None


async def _store(
    services: Services, account: Account, user_id: int | None, dedup_key: str, message: OperatorMessage
) -> None:
    if await IncomingMessage.exists(dedup_key=dedup_key):
        return
    now_us = services.clock.now_us()
    await Account.filter(id=account.id).update(incoming_sequence=F("incoming_sequence") + 1)
    stop = is_stop(message.text)
    await IncomingMessage.create(
        account_id=account.id,
        sequence=account.incoming_sequence + 1,
        user_id=user_id,
        sender=message.sender,
        receiver=message.receiver,
        body=message.text,
        is_stop=stop,
        dedup_key=dedup_key,
        at_us=now_us,
    )
    if stop:
        await BlacklistEntry.get_or_create(
            account_id=account.id, number=message.sender, defaults={"at_us": now_us}
        )
