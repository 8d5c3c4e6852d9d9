"""Incoming messages, and the blacklist that STOPs fill."""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from server.bus.bus import account_topic
from server.errors import ErrorCode, InvalidInput, NotFound, about
from server.gateways.protocol import OperatorMessage
from server.kit.phone_number import parse_phone_number
from server.operations.accounts.accounts import words_to_stop
from server.operations.audit import trail
from server.operations.callbacks.outbox import enqueue_stops
from server.operations.core.account_turns import Work, run_each
from server.operations.core.principals import Principal, Scope
from server.operations.core.services import Services
from server.operations.core.transactions import wake
from server.operations.core.visibility import lock_account
from server.operations.dispatch.unclaimed import store_unclaimed
from server.operations.messages.correspondence import as_written_to, writers
from server.rules.messages.stop import MAX_STOP_CHARS, is_stop, phrases
from server.rules.senders.senders import SenderStatus
from server.store.models import Account, BlacklistEntry, IncomingMessage
from server.store.queries.accounts import accounts_by_id, lock_account_id
from server.store.queries.dispatch.inbound import (
    accounts_of_incoming,
    bar_number,
    bar_numbers,
    barred_numbers,
    draw_incoming_numbers,
    incoming_messages,
)
from server.store.queries.messages import last_writers
from server.store.queries.senders import sole_accounts
from server.store.writing import delete, insert, new

MAX_ADDRESS_CHARS = 20

_Ends = tuple[str, str]
_Owner = tuple[int, int | None]
"""The ids of an account and of its user who last wrote to a message's sender, if any did."""


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A message for an account, its user who last wrote to the sender, and the message's key on its link.

    If several accounts get it, one `owns` it, and the others get it because it `stops` them.
    """

    message: OperatorMessage
    user_id: int | None
    key: str
    owns: bool
    stops: bool

    def key_in(self, account_id: int) -> str:
        """Return its key among the messages of an account that does not own it."""
        return f"{self.key}:{account_id}"


async def store_incoming(
    services: Services, gateway: str, messages: Sequence[OperatorMessage]
) -> list[OperatorMessage]:
    """Store incoming messages, each once; a STOP puts its sender on accounts' blacklists.

    A message belongs to the account that last wrote to its sender under the name that it answers, or else to
    the one account on which that name is enabled. Messages not yet handed to an operator count only if there
    are no others. A STOP applies to all accounts that wrote to that phone over that link under the name that
    it answers, and each of them gets it. If none did, as with a short code that only takes STOPs, it applies
    to those that wrote under any name. What belongs to no account is kept for operators.

    The messages of one account are written in one transaction. Those that could not be written are returned.
    `gateway` is the link of messages that name none.
    """
    resolved = await as_written_to(gateway, messages)
    owners = await _owners(resolved)
    stopped = await _stopped_for(gateway, resolved)
    by_account: defaultdict[int, list[_Arrival]] = defaultdict(list)
    unclaimed: list[OperatorMessage] = []
    for message in resolved:
        key = f"{message.link or gateway}:{message.id}"
        owner = owners.get((message.sender, message.receiver))
        heeding = stopped.get(key, {})
        if owner is not None:
            account_id, user_id = owner
            stops = account_id in heeding
            by_account[account_id].append(_Arrival(message, user_id, key, owns=True, stops=stops))
        for account_id, user_id in heeding.items():
            if owner is None or account_id != owner[0]:
                by_account[account_id].append(_Arrival(message, user_id, key, owns=False, stops=True))
        if owner is None and not heeding:
            unclaimed.append(message)

    def work_on(account_id: int, arrivals: Sequence[_Arrival]) -> Work:
        async def work() -> None:
            account = await lock_account_id(account_id)
            await _store_all(services, account, arrivals)
            wake(account_topic(account_id))

        return work

    works = {account_id: work_on(account_id, arrivals) for account_id, arrivals in by_account.items()}
    failed = await run_each(services, works)
    await store_unclaimed(services, gateway, unclaimed)
    lost = {arrival.key for account_id in failed for arrival in by_account[account_id]}
    return [message for message in messages if f"{message.link or gateway}:{message.id}" in lost]


async def add_to_blacklist(
    services: Services, principal: Principal, *, account: str, number: str
) -> BlacklistEntry:
    """Refuse sending to a number from now on, as if it had sent a STOP.

    Raises:
        NotFound: UNKNOWN_ACCOUNT.
        InvalidInput: INVALID_PHONE_NUMBER.
    """
    principal.require(Scope.MANAGE)
    with about("number"):
        e164 = parse_phone_number(number).e164

    async def work() -> BlacklistEntry:
        locked = await lock_account(principal, account)
        now_us = services.clock.now_us()
        entry = await bar_number(locked.id, e164, at_us=now_us)
        await trail.record(principal, "addToBlacklist", e164, at_us=now_us, account=locked)
        return entry

    return await services.transactions.run(work)


async def remove_from_blacklist(
    services: Services, principal: Principal, *, account: str, number: str
) -> tuple[Account, int]:
    """Allow sending to a number again.

    `number` is a number in international format, or an address exactly as the blacklist shows it: earlier
    versions stored what they were given.

    Returns:
        The account as it is now, and the id that the blacklist's entry had.

    Raises:
        NotFound: UNKNOWN_ACCOUNT; UNKNOWN_NUMBER, it is not on the blacklist.
    """
    principal.require(Scope.MANAGE)
    meant = {number}
    with suppress(InvalidInput):
        meant.add(parse_phone_number(number).e164)

    async def work() -> tuple[Account, int]:
        locked = await lock_account(principal, account)
        # Both may be there. The one that matches exactly is meant.
        # The ORM refuses to look for a value that is too long for the column.
        short = [address for address in meant if len(address) <= MAX_ADDRESS_CHARS]
        entries = await barred_numbers(locked.id, short)
        entry = entries.get(number) or next(iter(entries.values()), None)
        if entry is None:
            raise NotFound(
                "This number is not on the blacklist.", code=ErrorCode.UNKNOWN_NUMBER, field=("number",)
            )
        await delete(entry)
        await trail.record(
            principal, "removeFromBlacklist", entry.number, at_us=services.clock.now_us(), account=locked
        )
        return locked, entry.id

    return await services.transactions.run(work)


async def _owners(messages: Sequence[OperatorMessage]) -> dict[_Ends, _Owner]:
    """Return the owners of messages by sender and receiver; messages without an owner are left out."""
    pairs = sorted({(message.sender, message.receiver) for message in messages})
    if not pairs:
        return {}
    written = await last_writers(pairs)
    owners: dict[_Ends, _Owner] = {
        (row["phone"], row["name"]): (row["account_id"], row["user_id"]) for row in written
    }
    names = {name for phone, name in pairs if (phone, name) not in owners}
    sole = await sole_accounts(names, enabled=SenderStatus.ENABLED) if names else {}
    return {(phone, name): (sole[name], None) for phone, name in pairs if name in sole} | owners


async def _stopped_for(gateway: str, messages: Sequence[OperatorMessage]) -> dict[str, dict[int, int | None]]:
    """Return by message the accounts that it is a STOP to, each with its user who last wrote to the sender.

    They are the accounts that wrote to that phone over that link, under the name that it answers if any did,
    and whose stop words contain it.
    """
    short = [message for message in messages if len(message.text) <= MAX_STOP_CHARS]
    written = await writers(sorted({(message.sender, message.link or gateway) for message in short}))
    accounts = await accounts_by_id(
        {writer.account_id for of_phone in written.values() for writer in of_phone}
    )
    words = {id: phrases((*words_to_stop(account),)) for id, account in accounts.items()}
    stopped = {}
    for message in short:
        link = message.link or gateway
        of_phone = written.get((message.sender, link), [])
        answered = [writer for writer in of_phone if writer.sender == message.receiver] or of_phone
        stopped[f"{link}:{message.id}"] = {
            # The last to write comes first, so it has to win here.
            writer.account_id: writer.user_id
            for writer in reversed(answered)
            if is_stop(message.text, words[writer.account_id], sent_to=message.receiver)
        }
    return stopped


async def _store_all(services: Services, account: Account, arrivals: Sequence[_Arrival]) -> None:
    """Store the messages of a locked account that are not there yet, in their order."""
    now_us = services.clock.now_us()
    keys = [key for arrival in arrivals for key in (arrival.key, arrival.key_in(account.id))]
    known = await accounts_of_incoming(keys)
    fresh: dict[str, _Arrival] = {}
    for arrival in arrivals:
        own_key = arrival.key_in(account.id)
        if own_key in known or known.get(arrival.key) == account.id:
            continue
        # When it came the first time, another account may have owned it.
        taken = arrival.key in known
        if not taken or arrival.stops:
            # A repeat in the same batch is stored once too.
            fresh.setdefault(arrival.key if arrival.owns and not taken else own_key, arrival)
    if not fresh:
        return
    words = phrases((*words_to_stop(account),))
    await draw_incoming_numbers(account.id, len(fresh))
    rows = [
        new(
            IncomingMessage,
            account_id=account.id,
            sequence=sequence,
            user_id=arrival.user_id,
            sender=arrival.message.sender,
            receiver=arrival.message.receiver,
            body=arrival.message.text,
            asks_to_stop=arrival.stops
            or is_stop(arrival.message.text, words, sent_to=arrival.message.receiver),
            is_stop=arrival.stops,
            dedup_key=key,
            at_us=now_us,
        )
        for sequence, (key, arrival) in enumerate(fresh.items(), start=account.incoming_sequence + 1)
    ]
    await insert(rows)
    stops = [row.dedup_key for row in rows if row.is_stop]
    if stops:
        await _heed(account, await incoming_messages(stops), now_us)


async def _heed(account: Account, stops: Sequence[IncomingMessage], now_us: int) -> None:
    """Put the senders of STOPs on the account's blacklist, and write the callbacks for them."""
    await bar_numbers(account.id, list(dict.fromkeys(stop.sender for stop in stops)), at_us=now_us)
    await enqueue_stops(account, stops, at_us=now_us)
