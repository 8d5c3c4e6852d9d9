"""Sending: checked, debited and written down in one transaction, before anybody hears yes."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import orjson

from server.errors import ErrorCode, InvalidInput, Unauthenticated, about
from server.events.bus import WORK
from server.models import Account, Message, User
from server.operations.idempotency import IdempotentCall
from server.operations.ledger import Movement, move
from server.operations.principals import Principal, Scope
from server.operations.scope import lock_account
from server.operations.screening import Draft, Screened, Verdict, screen
from server.operations.services import Services
from server.operations.transactions import Transaction
from server.rules.batches import check_receiver_count
from server.rules.deferral import WaitReason, check_deferred
from server.rules.ledger import EntryKind

HELD = WaitReason.ADVERTISING_HOURS


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a request to send: a verdict for each receiver, in their order.

    `credits` is what was debited, `credits_left` what the sender had left afterwards (of its quota
    where that is on and so `from_quota`, else of the account), both in millicredits.
    """

    verdicts: tuple[Verdict, ...]
    credits: int
    credits_left: int
    from_quota: bool

    @property
    def message_ids(self) -> list[int]:
        """The numbers of the accepted messages."""
        return [verdict.message_id for verdict in self.verdicts if verdict.message_id is not None]


async def send_message(
    services: Services,
    principal: Principal,
    draft: Draft,
    *,
    idempotency_key: str | None,
    all_or_none: bool = False,
) -> Sent:
    """Accept a message to each acceptable receiver; with `all_or_none`, to all of them or to none.

    Raises:
        Refusal: the account, sender, text, date or number of receivers is refused; with
            `all_or_none` also the first refused receiver.
        Unfunded: the credits do not cover all that would be sent; nothing is.
        Conflict: IDEMPOTENCY_KEY_REUSED, ACCOUNT_DISABLED.
    """
    principal.require(Scope.SEND)
    with about("receivers"):
        check_receiver_count(len(draft.receivers))
    call = None
    if idempotency_key is not None:
        call = IdempotentCall(principal, "sendMessage", idempotency_key, draft.as_input())
    numbers = await services.message_numbers.take(len(draft.receivers))

    async def work(transaction: Transaction) -> Sent:
        account = await lock_account(principal, draft.account)
        now_us = services.clock.now_us()
        stored = await call.stored_answer(at_us=now_us) if call else None
        if stored is not None:
            return _load(stored)
        if draft.deferred_until_us is not None:
            _check_date(draft.deferred_until_us, now_us)
        user = await _sending_user(principal)
        screened = await screen(account, draft, max_parts=services.policy.max_parts, now_us=now_us)
        if all_or_none:
            _raise_first(screened.verdicts)
        sent = await accept(account, user, draft, screened, numbers, principal, now_us)
        if call:
            await call.store(orjson.dumps(asdict(sent)).decode(), at_us=now_us)
        transaction.wake(WORK)
        return sent

    return await services.transactions.run(work)


async def _sending_user(principal: Principal) -> User | None:
    """Return the API user that sends, as it is under the account's lock: it may just have been stopped."""
    if not principal.is_user:
        return None
    user = await User.get(id=principal.user_id)
    if not user.enabled or user.deleted_at_us is not None:
        raise Unauthenticated("The user was disabled.")
    return user


async def accept(
    account: Account,
    user: User | None,
    draft: Draft,
    screened: Screened,
    numbers: Sequence[int],
    principal: Principal,
    now_us: int,
    *,
    kind: EntryKind = EntryKind.MESSAGE,
    reference: str = "",
) -> Sent:
    """Debit what the accepted receivers cost, and write their messages, in a locked account's transaction.

    `numbers` are fresh, one for each receiver; the debit's reference is made of the first if none is given.

    Raises:
        Unfunded: the credits do not cover it; nothing moved.
    """
    from_quota = user is not None and user.quota_on
    accepted = [verdict for verdict in screened.verdicts if verdict.accepted]
    verdicts = tuple(
        verdict.with_message(number) if verdict.accepted else verdict
        for verdict, number in zip(screened.verdicts, numbers, strict=True)
    )
    credits = sum(verdict.credits for verdict in accepted)
    messages = [
        Message(
            id=verdict.message_id,
            account_id=account.id,
            user_id=user.id if user else None,
            user_login=user.login if user else None,
            batch_id=numbers[0],
            sender=screened.sender,
            receiver=verdict.number,
            country=verdict.country,
            body=screened.body,
            coding=screened.segments.coding,
            message_class=draft.message_class,
            parts=screened.segments.parts,
            credits=verdict.credits,
            from_quota=from_quota,
            tag=draft.tag,
            created_at_us=now_us,
            deferred_until_us=draft.deferred_until_us,
            bears_clause=screened.bears_clause,
            held_until_us=verdict.waits_until_us if verdict.wait_reason is HELD else None,
            due_at_us=verdict.waits_until_us or draft.deferred_until_us or now_us,
            status_changed_at_us=now_us,
        )
        for verdict in verdicts
        if verdict.accepted
    ]
    if messages:
        debit = Movement(
            kind=kind,
            reference=reference or f"send:{numbers[0]}",
            account_delta=0 if from_quota else -credits,
            quota_delta=-credits if from_quota else 0,
            user=user,
        )
        await move(account, [debit], principal=principal, at_us=now_us)
        await Message.bulk_create(messages)
    left = user.quota_left if user is not None and from_quota else account.credits_left
    return Sent(verdicts, credits, left, from_quota)


def _raise_first(verdicts: Sequence[Verdict]) -> None:
    for position, verdict in enumerate(verdicts):
        if verdict.code is not None and verdict.code is not ErrorCode.DUPLICATE_RECEIVER:
            raise InvalidInput(
                f"{verdict.receiver}: {verdict.reason}", code=verdict.code, field=("receivers", str(position))
            )


def _check_date(at_us: int, now_us: int) -> None:
    with about("deferredUntil"):
        check_deferred(at_us, now_us)


def _load(answer: str) -> Sent:
    stored = orjson.loads(answer)
    for verdict in stored["verdicts"]:
        verdict["code"] = verdict["code"] and ErrorCode[verdict["code"]]
        verdict["wait_reason"] = verdict["wait_reason"] and WaitReason(verdict["wait_reason"])
    verdicts = tuple(Verdict(**verdict) for verdict in stored["verdicts"])
    return Sent(verdicts, stored["credits"], stored["credits_left"], stored["from_quota"])
