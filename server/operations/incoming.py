"""Messages that come in, and the blacklist that STOP fills."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import structlog
from tortoise.expressions import F

from server.errors import ErrorCode, NotFound, about
from server.events.bus import WORK, account_topic
from server.gateways.gateway import OperatorMessage
from server.kit.phone_number import parse_phone_number
from server.models import Account, BlacklistEntry, IncomingMessage
from server.models.lookup import find_one
from server.models.sql import fetch, placeholders
from server.operations import audit
from server.operations.accounts import words_to_stop
from server.operations.callbacks import enqueue_stops
from server.operations.per_account import Work, run_each
from server.operations.principals import Principal, Scope
from server.operations.scope import lock_account, lock_account_id
from server.operations.services import Services
from server.operations.transactions import Transaction
from server.rules.senders import SenderStatus
from server.rules.stop import is_stop, phrases

log = structlog.get_logger()

_Ends = tuple[str, str]
_Owner = tuple[int, int | None]
"""The ids of an account, and of its user who last wrote to a message's sender, if any did."""


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
    owners = await _owners(messages)
    by_account: defaultdict[int, list[_Owned]] = defaultdict(list)
    for message in messages:
        link = message.link or gateway
        owner = owners.get((message.sender, message.receiver))
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


async def _owners(messages: Sequence[OperatorMessage]) -> dict[_Ends, _Owner]:
    """Return whose messages are, by their sender and receiver; what belongs to nobody is left out."""
    pairs = sorted({(message.sender, message.receiver) for message in messages})
    if not pairs:
        return {}
    listed = ", ".join(f"(${at}, ${at + 1})" for at in range(1, 2 * len(pairs), 2))
    # By time, as numbers are drawn in blocks, one for each process. Nobody answers what still waits to be
    # sent, or was cancelled.
    last = "SELECT id FROM messages WHERE receiver = phone AND sender = name {} ORDER BY created_at_us DESC, id DESC LIMIT 1"
    arrived = "AND (sent_at_us IS NOT NULL OR state = 'claimed' OR outcome_unknown)"
    written = await fetch(
        f"""
        WITH pairs (phone, name) AS (VALUES {listed})
        SELECT phone, name, account_id, user_id FROM pairs
        JOIN messages ON messages.id = COALESCE(({last.format(arrived)}), ({last.format("")}))
        """,  # noqa: S608 placeholders
        *[end for pair in pairs for end in pair],
    )
    owners: dict[_Ends, _Owner] = {
        (row["phone"], row["name"]): (row["account_id"], row["user_id"]) for row in written
    }
    sole = await _sole_accounts({name for phone, name in pairs if (phone, name) not in owners})
    return {(phone, name): (sole[name], None) for phone, name in pairs if name in sole} | owners


async def _sole_accounts(names: Collection[str]) -> dict[str, int]:
    """Return the account of each name that is enabled on one account and no other."""
    if not names:
        return {}
    rows = await fetch(
        f"""
        SELECT name, MIN(account_id) AS account_id FROM senders
        WHERE status = $1 AND name IN ({placeholders(names, after=1)}) GROUP BY name HAVING COUNT(*) = 1
        """,  # noqa: S608 placeholders
        SenderStatus.ENABLED,
        *names,
    )
    return {row["name"]: row["account_id"] for row in rows}


async def _store_all(services: Services, account: Account, owned: Sequence[_Owned]) -> None:
    """Write down the messages of a locked account that are not there yet, in their order."""
    now_us = services.clock.now_us()
    keys = [one.dedup_key for one in owned]
    known = {row.dedup_key for row in await IncomingMessage.filter(dedup_key__in=keys)}
    # What the operator says twice in one breath is kept once as well.
    fresh = [one for key, one in {one.dedup_key: one for one in owned}.items() if key not in known]
    if not fresh:
        return
    words = phrases((*words_to_stop(account),))
    await Account.filter(id=account.id).update(incoming_sequence=F("incoming_sequence") + len(fresh))
    rows = [
        IncomingMessage(
            account_id=account.id,
            sequence=sequence,
            user_id=one.user_id,
            sender=one.message.sender,
            receiver=one.message.receiver,
            body=one.message.text,
            is_stop=is_stop(one.message.text, words, sent_to=one.message.receiver),
            dedup_key=one.dedup_key,
            at_us=now_us,
        )
        for sequence, one in enumerate(fresh, start=account.incoming_sequence + 1)
    ]
    await IncomingMessage.bulk_create(rows)
    stops = [row.dedup_key for row in rows if row.is_stop]
    if stops:
        await _heed(account, await IncomingMessage.filter(dedup_key__in=stops).order_by("sequence"), now_us)


async def _heed(account: Account, stops: Sequence[IncomingMessage], now_us: int) -> None:
    """Put those who said STOP on the account's blacklist, and have its callbacks say so."""
    entries = [
        BlacklistEntry(account_id=account.id, number=number, at_us=now_us)
        for number in dict.fromkeys(stop.sender for stop in stops)
    ]
    await BlacklistEntry.bulk_create(entries, ignore_conflicts=True)
    await enqueue_stops(account, stops, at_us=now_us)
