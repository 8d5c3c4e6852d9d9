"""Sending: checked, debited and written down in one transaction, before anybody hears yes.

What is sent at the same time from one account shares a transaction, each sending with a verdict of its own.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import orjson

from server.bus.bus import Queue
from server.errors import DomainError, ErrorCode, InvalidInput, Unauthenticated, about
from server.kit.passes import slices
from server.operations.core.idempotency import IdempotentCall, StoredAnswers
from server.operations.core.principals import Principal, Scope
from server.operations.core.services import Services
from server.operations.core.transactions import wake
from server.operations.core.visibility import may_act_in, unknown_account
from server.operations.messages.acceptance import Acceptance, Sent
from server.operations.messages.screening import AT_ONCE, Draft, Grounds, Verdict, parse_receivers, screen
from server.rules.messages.batches import MAX_RECEIVERS, check_receiver_count
from server.rules.messages.deferral import WaitReason, check_deferred
from server.store.models import Account, User
from server.store.queries.accounts import find_account, lock_account_read, users_by_id

KEPT = ("verdicts", "credits", "credits_left", "from_quota")
"""What of an answer is kept with its idempotency key."""


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
    message_ids = await services.message_ids.take(len(draft.receivers))
    receivers = await parse_receivers(draft.receivers)
    sending = _Sending(principal, draft, receivers, message_ids, call, all_or_none)

    async def work(sendings: Sequence[_Sending]) -> list[Sent | DomainError]:
        return await _send_together(services, sendings)

    return await services.transactions.run_together(
        ("send", draft.account), sending, work, weight=len(draft.receivers), max_weight=MAX_RECEIVERS
    )


@dataclass(frozen=True, slots=True)
class _Sending:
    """What one caller wants sent, as far as it can be looked at without the account."""

    principal: Principal
    draft: Draft
    receivers: list[Verdict]
    message_ids: list[int]
    call: IdempotentCall | None
    all_or_none: bool


async def _send_together(services: Services, sendings: Sequence[_Sending]) -> list[Sent | DomainError]:
    """Judge sendings of one account in their order, and write down what is accepted of them all."""
    account = await find_account(sendings[0].draft.account)
    if account is None or not any(may_act_in(sending.principal, account) for sending in sendings):
        return [unknown_account() for _ in sendings]
    batch = await _Batch.load(services, await lock_account_read(account), sendings)
    results: list[Sent | DomainError] = []
    async for some in slices(sendings, AT_ONCE):
        for sending in some:
            try:
                results.append(await batch.send(sending))
            except DomainError as error:
                results.append(error)
    await asyncio.sleep(0)  # writing a thousand messages begins with as much work as making them was
    if await batch.save():
        wake(Queue.MESSAGES)
    return results


class _Batch:
    """The sendings of a locked account's transaction, and what they are judged by."""

    def __init__(
        self,
        services: Services,
        account: Account,
        users: dict[int, User],
        answers: StoredAnswers,
        grounds: Grounds,
    ) -> None:
        self._max_parts = services.policy.max_parts
        self._now_us = services.clock.now_us()
        self._account, self._users, self._answers, self._grounds = account, users, answers, grounds
        self._acceptance = Acceptance(account, at_us=self._now_us)

    @classmethod
    async def load(cls, services: Services, account: Account, sendings: Sequence[_Sending]) -> Self:
        """Read what all of them need, under the account's lock: some of it may just have changed.

        For those who may not act in the account nothing is read: they cost it nothing.
        """
        sendings = [sending for sending in sendings if may_act_in(sending.principal, account)]
        calls = [sending.call for sending in sendings if sending.call is not None]
        users = await users_by_id(sending.principal.user_id for sending in sendings)
        receivers = [receiver for sending in sendings for receiver in sending.receivers]
        return cls(
            services,
            account,
            users,
            await StoredAnswers.load(calls, at_us=services.clock.now_us()),
            await Grounds.load(account, [sending.draft for sending in sendings], receivers),
        )

    async def send(self, sending: _Sending) -> Sent:
        """Accept what one caller wants sent.

        Raises:
            DomainError: it is refused; nothing of it is left behind.
        """
        draft, call = sending.draft, sending.call
        if not may_act_in(sending.principal, self._account):
            raise unknown_account()
        stored = self._answers.get(call) if call else None
        if stored is not None:
            return _load(stored)
        if draft.deferred_until_us is not None:
            with about("deferredUntil"):
                check_deferred(draft.deferred_until_us, self._now_us)
        user = self._sending_user(sending.principal)
        screened = await screen(
            self._account,
            draft,
            sending.receivers,
            self._grounds,
            max_parts=self._max_parts,
            now_us=self._now_us,
        )
        if sending.all_or_none:
            _raise_first(screened.verdicts)
        sent = await self._acceptance.add(sending.principal, user, draft, screened, sending.message_ids)
        if call:
            self._answers.add(call, _dump(sent))
        return sent

    async def save(self) -> bool:
        """Write down what was accepted and answered; return whether there is something to hand over."""
        accepted = await self._acceptance.write()
        await self._answers.save(at_us=self._now_us)
        return accepted

    def _sending_user(self, principal: Principal) -> User | None:
        """Return the API user that sends, as it is under the account's lock: it may just have been stopped."""
        if principal.user_id is None:
            return None
        user = self._users[principal.user_id]
        if not user.may_act(self._now_us):
            raise Unauthenticated("The user was disabled.")
        return user


def _raise_first(verdicts: Sequence[Verdict]) -> None:
    for position, verdict in enumerate(verdicts):
        if verdict.code is not None and verdict.code is not ErrorCode.DUPLICATE_RECEIVER:
            raise InvalidInput(
                f"{verdict.receiver}: {verdict.reason}", code=verdict.code, field=("receivers", str(position))
            )


def _dump(sent: Sent) -> str:
    return orjson.dumps({name: getattr(sent, name) for name in KEPT}).decode()


def _load(answer: str) -> Sent:
    stored = orjson.loads(answer)
    for verdict in stored["verdicts"]:
        verdict["code"] = verdict["code"] and ErrorCode[verdict["code"]]
        verdict["wait_reason"] = verdict["wait_reason"] and WaitReason(verdict["wait_reason"])
    verdicts = tuple(Verdict(**verdict) for verdict in stored["verdicts"])
    return Sent(verdicts, *(stored[name] for name in KEPT[1:]))
