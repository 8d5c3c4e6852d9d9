"""Many rows of everything that the API lists, written directly into the tables; the books do not add up."""

from server.kit.clock import DAY_US
from server.kit.ids import new_secret, secret_digest
from server.operations.statistics.tally import count_accepted
from server.rules.callbacks.callbacks import TryVerdict
from server.rules.credits.ledger import EntryKind
from server.rules.credits.thresholds import AlertChannel
from server.rules.senders.senders import SenderKind
from server.store import models
from server.store.models import Account, User
from tests.factories.accounts.accounts import World

TIED = 3
"""This many consecutive rows have the same time, credits and quota."""


async def populate(world: World, *, accounts: int, each: int) -> list[Account]:
    """Create some accounts of the holder, each with `each` rows of everything, and as many tokens."""
    made = [await _account(world, number, each) for number in range(accounts)]
    before = await models.Holder.all().count()
    await models.Holder.bulk_create(
        models.Holder(
            email=f"holder-{before + number:03d}@many.example",
            name=f"Holder {number}",
            password_hash="",
            created_at_us=_time(world, number),
        )
        for number in range(each)
    )
    await models.AccessToken.bulk_create(
        models.AccessToken(
            digest=secret_digest(new_secret("")),
            holder_id=world.holder.holder_id,
            is_session=False,
            label=f"token {number}",
            scopes="read",
            created_at_us=_time(world, number),
            expires_at_us=_time(world, number),
        )
        for number in range(each)
    )
    if made:
        await _of_first_user(world, made[0], each)
    return made


async def _of_first_user(world: World, account: Account, each: int) -> None:
    """Write sessions of the holder and its first user, the user's tokens, and the first token's users."""
    token = await models.AccessToken.filter(holder_id=world.holder.holder_id).order_by("id").first()
    user = await User.filter(account_id=account.id).order_by("id").first()
    if token is None or user is None:
        return
    await User.filter(account_id=account.id).update(maker_token_id=token.id)
    owners = ((world.holder.holder_id, None, True), (None, user.id, True), (None, user.id, False))
    await models.AccessToken.bulk_create(
        models.AccessToken(
            digest=secret_digest(new_secret("")),
            holder_id=holder_id,
            user_id=user_id,
            is_session=is_session,
            label=f"token {number}",
            scopes="read",
            created_at_us=_time(world, number),
            expires_at_us=_time(world, number) + DAY_US,
        )
        for holder_id, user_id, is_session in owners
        for number in range(each)
    )


async def add_user(account: Account, login: str) -> None:
    """Add a user; its login is also its key."""
    await User.create(
        account_id=account.id,
        login=login,
        login_key=login,
        password_hash="",
        created_at_us=account.created_at_us,
    )


async def add_messages(world: World, account: Account, count: int, user: User | None = None) -> None:
    """Add messages, all accepted at the clock's time."""
    now_us = world.services.clock.now_us()
    numbers = await world.services.message_ids.take(count)
    messages = [_message(account, number, now_us, user) for number in numbers]
    await models.Message.bulk_create(messages)
    await count_accepted(account.id, messages)


def _time(world: World, number: int) -> int:
    return world.services.clock.now_us() + number // TIED * 1_000_000


def _message(account: Account, number: int, at_us: int, user: User | None) -> models.Message:
    return models.Message(
        id=number,
        account_id=account.id,
        user_id=user.id if user else None,
        user_login=user.login if user else None,
        batch_id=number,
        sender="Chappe",
        receiver="+33612345678",
        country="FR",
        body="Hello",
        coding="GSM_7BIT",
        parts=1,
        credits=1_000,
        from_quota=False,
        created_at_us=at_us,
        due_at_us=at_us,
        status_changed_at_us=at_us,
    )


async def _account(world: World, number: int, each: int) -> Account:
    account = await Account.create(
        name=f"sms-many-{number:03d}",
        holder_id=world.holder.holder_id,
        created_at_us=_time(world, number),
        credits_left=number // TIED * 1_000,
        ledger_sequence=each,
        event_sequence=each,
        alert_sequence=each,
        incoming_sequence=each,
        audit_sequence=each,
    )
    users = await _users(world, account, each)
    await _logs(world, account, users)
    await _names(world, account, each)
    return account


async def _users(world: World, account: Account, each: int) -> list[User]:
    await User.bulk_create(
        User(
            account_id=account.id,
            login=f"User-{number:03d}",
            login_key=f"user-{number:03d}",
            password_hash="",
            created_at_us=_time(world, number),
            quota_on=number >= TIED,
            quota_left=number // TIED * 1_000,
            last_used_at_us=_time(world, number) if number >= TIED else None,
            limit_threshold=number // TIED * 1_000 or None,
        )
        for number in range(each)
    )
    return await User.filter(account_id=account.id).order_by("id")


async def _logs(world: World, account: Account, users: list[User]) -> None:
    """Write one row of each log for each user."""
    numbers = await world.services.message_ids.take(len(users))
    logged = [
        (sequence, user, message, _time(world, sequence))
        for sequence, (user, message) in enumerate(zip(users, numbers, strict=True), start=1)
    ]
    messages = [_message(account, message, at_us, user) for _, user, message, at_us in logged]
    await models.Message.bulk_create(messages)
    await count_accepted(account.id, messages)
    await models.DeliveryEvent.bulk_create(
        models.DeliveryEvent(
            account_id=account.id,
            sequence=sequence,
            message_id=message,
            user_id=user.id,
            previous_status=0,
            status=4,
            ptt=3,
            at_us=at_us,
        )
        for sequence, user, message, at_us in logged
    )
    await _callbacks(account, logged)
    await models.LedgerEntry.bulk_create(
        models.LedgerEntry(
            account_id=account.id,
            sequence=sequence,
            kind=EntryKind.MESSAGE,
            account_delta=-1,
            user_id=user.id,
            user_login=user.login,
            account_balance=sequence,
            reference=f"send:{message}",
            caused_by="nobody",
            at_us=at_us,
        )
        for sequence, user, message, at_us in logged
    )
    await models.LimitAlert.bulk_create(
        models.LimitAlert(
            account_id=account.id,
            sequence=sequence,
            user_id=user.id,
            user_login=user.login,
            remaining=sequence,
            threshold=1_000,
            channel=AlertChannel.SMS,
            at_us=at_us,
        )
        for sequence, user, _, at_us in logged
    )
    alerts = await models.LimitAlert.filter(account_id=account.id).order_by("sequence")
    await models.Notification.bulk_create(
        models.Notification(
            account_id=account.id,
            alert_id=alert.id,
            channel=AlertChannel.SMS,
            recipient="+33612345678",
            subject="",
            body="low",
            state=models.NotificationState.SENT,
            message_id=message,
            due_at_us=at_us,
            created_at_us=at_us,
            ended_at_us=at_us,
        )
        for alert, (_, _, message, at_us) in zip(alerts, logged, strict=True)
    )


async def _callbacks(account: Account, logged: list[tuple[int, User, int, int]]) -> None:
    """Write a callback for each event, with an attempt, and as many for the first one's user and message."""
    target = await models.CallbackTarget.create(
        account_id=account.id, url="https://many.example/hook", host="many.example"
    )
    _, first_user, first_message, _ = logged[0]
    told = [(sequence, user.id, message, at_us) for sequence, user, message, at_us in logged]
    told += [(len(told) + sequence, first_user.id, first_message, at_us) for sequence, _, _, at_us in told]
    await models.CallbackDelivery.bulk_create(
        models.CallbackDelivery(
            account_id=account.id,
            user_id=user_id,
            target_id=target.id,
            message_id=message,
            kind=models.CallbackKind.STATUS,
            state=models.CallbackState.DELIVERED,
            event_sequence=sequence,
            webhook_id=f"evt_{account.id}_{sequence}",
            query="",
            due_at_us=at_us,
            created_at_us=at_us,
        )
        for sequence, user_id, message, at_us in told
    )
    rows = await models.CallbackDelivery.filter(account_id=account.id).order_by("id")
    await models.CallbackTry.bulk_create(
        models.CallbackTry(
            delivery_id=row.id, at_us=row.due_at_us, latency_us=1, verdict=TryVerdict.DELIVERED
        )
        for row in rows
    )


async def _names(world: World, account: Account, each: int) -> None:
    """Write senders, blacklisted numbers, their STOP messages, and audit entries."""
    stopped = [(number, f"+336{number:08d}", _time(world, number)) for number in range(1, each + 1)]
    await models.Sender.bulk_create(
        models.Sender(
            account_id=account.id,
            name=f"Name {number:03d}",
            name_key=f"name {number:03d}",
            kind=SenderKind.ALPHANUMERIC,
            created_at_us=at_us,
            status_changed_at_us=at_us,
        )
        for number, _, at_us in stopped
    )
    await models.BlacklistEntry.bulk_create(
        models.BlacklistEntry(account_id=account.id, number=phone, at_us=at_us) for _, phone, at_us in stopped
    )
    await models.IncomingMessage.bulk_create(
        models.IncomingMessage(
            account_id=account.id,
            sequence=number,
            sender=phone,
            receiver="Chappe",
            body="STOP",
            asks_to_stop=True,
            is_stop=True,
            dedup_key=f"{account.id}:{number}",
            at_us=at_us,
        )
        for number, phone, at_us in stopped
    )
    await models.UnclaimedMessage.bulk_create(
        models.UnclaimedMessage(
            gateway="link",
            sender=phone,
            receiver="Nobody",
            body=f"{number:03d}",
            asks_to_stop=False,
            dedup_key=f"{account.id}:{number}",
            at_us=at_us,
        )
        for number, phone, at_us in stopped
    )
    await models.AuditEntry.bulk_create(
        models.AuditEntry(
            account_id=account.id,
            sequence=number,
            action="removeFromBlacklist",
            subject=phone,
            detail="{}",
            caused_by="nobody",
            at_us=at_us,
        )
        for number, phone, at_us in stopped
    )
