"""Proves that an account's books are right: ledger, balances, messages, event log and statistics agree."""

from tortoise.transactions import in_transaction

from server.rules.credits.ledger import Entry, EntryKind, LedgerVerifier
from server.rules.dispatch.delivery_state import State, advance
from server.rules.messages.ptt import DeliveryStatus
from server.store.models import Account, DeliveryEvent, LedgerEntry, LimitAlert, Message, Notification, User
from server.store.sql import fetch
from tests.factories.statistics.recount import check_statistics
from tests.factories.store.catalogue import is_sqlite


async def check_books(account_id: int) -> Account:
    """Replay an account's ledger and event log, and fail on the first fault.

    Everything is read in one snapshot, since transactions of vanished callers may still run.
    """
    async with in_transaction():
        if not is_sqlite():
            await fetch("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return await _check_snapshot(await Account.get(id=account_id))


async def _check_snapshot(account: Account) -> Account:
    account_id = account.id
    verifier = LedgerVerifier()
    entries = await LedgerEntry.filter(account_id=account_id).order_by("sequence")
    for entry in entries:
        breach = verifier.feed(_entry(entry))
        assert breach is None, breach
    messages = await Message.filter(account_id=account_id)
    told = await Notification.filter(account_id=account_id).exclude(message_id=None)
    by_alerts = {notification.message_id for notification in told}
    users = await User.filter(account_id=account_id)
    breach = verifier.finish(
        account_left=account.credits_left,
        quotas={user.id: user.quota_left for user in users},
        spent_by_messages=sum(message.credits for message in messages if message.id not in by_alerts),
        spent_by_alerts=sum(message.credits for message in messages if message.id in by_alerts),
        refunded=sum(message.credits for message in messages if message.status == DeliveryStatus.NOT_BILLED),
    )
    assert breach is None, breach
    assert account.ledger_sequence == len(entries)
    assert sum(verifier.totals.values()) == account.credits_left + sum(user.quota_left for user in users)
    await _check_events(account, messages)
    await _check_alerts(account)
    await check_statistics(account_id, messages)
    return account


async def check_all_books() -> None:
    """Check the books of each account, and that all transfers cancel out."""
    for account in await Account.all():
        await check_books(account.id)
    transfers = await LedgerEntry.filter(kind__in=[EntryKind.TRANSFER_IN, EntryKind.TRANSFER_OUT])
    assert sum(entry.account_delta for entry in transfers) == 0


def _entry(row: LedgerEntry) -> Entry:
    """Return a row in the form of the rules: its user counts only for a quota."""
    return Entry(
        sequence=row.sequence,
        kind=row.kind,
        account_delta=row.account_delta,
        quota_delta=row.quota_delta,
        user_id=None if row.quota_balance is None else row.user_id,
        account_balance=row.account_balance,
        quota_balance=row.quota_balance,
        reference=row.reference,
    )


async def _check_events(account: Account, messages: list[Message]) -> None:
    """Check that the log has no gaps, and that each message's events lead from acceptance to its status."""
    events = await DeliveryEvent.filter(account_id=account.id).order_by("sequence")
    assert [event.sequence for event in events] == list(range(1, account.event_sequence + 1))
    created = {message.id: (message.user_id, message.created_at_us) for message in messages}
    reached: dict[int, State] = {}
    for event in events:
        before = reached.get(event.message_id)
        after = State(DeliveryStatus(event.status), event.ptt)
        if before is None:
            assert (event.previous_status, event.previous_ptt) == (None, None)
            assert after == State(DeliveryStatus.CREATED, None)
            assert (event.user_id, event.at_us) == created[event.message_id]
        else:
            assert (event.previous_status, event.previous_ptt) == (before.status, before.ptt)
            assert advance(before, after) == after
        reached[event.message_id] = after
    assert reached.keys() == created.keys()
    for message in messages:
        assert reached[message.id] == State(DeliveryStatus(message.status), message.ptt)
        assert (str(message.state) == "ended") == DeliveryStatus(message.status).final


async def _check_alerts(account: Account) -> None:
    alerts = await LimitAlert.filter(account_id=account.id).order_by("sequence")
    assert [alert.sequence for alert in alerts] == list(range(1, account.alert_sequence + 1))
    channels = [
        (alert.id, channel)
        for alert in alerts
        for channel in ("MAIL", "SMS")
        if alert.channel in (channel, "BOTH")
    ]
    written = await Notification.filter(account_id=account.id).exclude(alert_id=None)
    assert sorted((alert.alert_id or 0, str(alert.channel)) for alert in written) == sorted(channels)
