"""Messages that come in, and the blacklist that STOP fills."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from tortoise.expressions import F, Q

from server.errors import ErrorCode, NotFound, about
from server.events.bus import WORK, account_topic
from server.gateways.gateway import OperatorMessage
from server.kit.phone_number import parse_phone_number
from server.models import Account, BlacklistEntry, IncomingMessage, Message, MessageState, Sender
from server.models.lookup import find_one
from server.operations import audit
from server.operations.callbacks import enqueue_stop
from server.operations.per_account import Work, run_each
from server.operations.principals import Principal, Scope
from server.operations.scope import lock_account, lock_account_id
from server.operations.services import Services
from server.operations.transactions import Transaction
from server.rules.senders import SenderStatus
from server.rules.stop import is_stop

_MAY_HAVE_ARRIVED = Q(sent_at_us__isnull=False) | Q(state=MessageState.CLAIMED) | Q(outcome_unknown=True)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Owned:
    """A message, who last wrote to its sender, and what tells it from others if it comes again."""

    message: OperatorMessage
    user_id: int | None
    dedup_key: str


async def store_incoming(
    services: Services, gateway: str, messages: Sequence[OperatorMessage]
) -> list[OperatorMessage]:
    """Write incoming messages down, each once; a STOP puts its sender on the account's blacklist.

    A message belongs to the account that last wrote to its sender under the name that it answers (what was
    not handed to an operator yet counts only where there is nothing else), or else to the one account on
    which that name is enabled. One that belongs to nobody is logged and let go. Those of one account are
    written in one transaction. Return those that could not be written. `gateway` is the link of those that
    name none.
    """
    by_account: defaultdict[int, list[_Owned]] = defaultdict(list)
    for message in messages:
        link = message.link or gateway
        owner = await _owner(message)
        if owner is None:
            log.warning("incoming message for nobody", gateway=link, receiver=message.receiver)
            continue
        account_id, user_id = owner
        by_account[account_id].append(_Owned(message, user_id, f"{link}:{message.id}"))

    def work_on(account_id: int, owned: Sequence[_Owned]) -> Work:
        async def work(transaction: Transaction) -> None:
            account = await lock_account_id(account_id)
            await _store_all(services, account, owned)
            transaction.wake(account_topic(account_id))
            transaction.wake(WORK)

        return work

    works = {account_id: work_on(account_id, owned) for account_id, owned in by_account.items()}
    failed = await run_each(services, works)
    return [one.message for account_id in sorted(failed) for one in by_account[account_id]]


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
    # By time, as numbers are drawn in blocks, one for each process.
    written = Message.filter(receiver=incoming.sender, sender=incoming.receiver).order_by(
        "-created_at_us", "-id"
    )
    # Nobody answers what still waits to be sent, or was cancelled.
    last = await written.filter(_MAY_HAVE_ARRIVED).first() or await written.first()
    if last is not None:
        return last.account_id, last.user_id
    named = await Sender.filter(name=incoming.receiver, status=SenderStatus.ENABLED).limit(2)
    return (named[0].account_id, None) if len(named) == 1 else None


async def _store_all(services: Services, account: Account, owned: Sequence[_Owned]) -> None:
    """Write down the messages of a locked account that are not there yet, in their order."""
    keys = [one.dedup_key for one in owned]
    known = {row.dedup_key for row in await IncomingMessage.filter(dedup_key__in=keys)}
    # What the operator says twice in one breath is kept once as well.
    fresh = [one for key, one in {one.dedup_key: one for one in owned}.items() if key not in known]
    if not fresh:
        return
    await Account.filter(id=account.id).update(incoming_sequence=F("incoming_sequence") + len(fresh))
    for one in fresh:
        account.incoming_sequence += 1
        await _store(services, account, one)


async def _store(services: Services, account: Account, owned: _Owned) -> None:
    message, now_us = owned.message, services.clock.now_us()
    incoming = await IncomingMessage.create(
        account_id=account.id,
        sequence=account.incoming_sequence,
        user_id=owned.user_id,
        sender=message.sender,
        receiver=message.receiver,
        body=message.text,
        is_stop=is_stop(message.text),
        dedup_key=owned.dedup_key,
        at_us=now_us,
    )
    if incoming.is_stop:
        await BlacklistEntry.get_or_create(
            account_id=account.id, number=message.sender, defaults={"at_us": now_us}
        )
        await enqueue_stop(account, incoming, at_us=now_us)
