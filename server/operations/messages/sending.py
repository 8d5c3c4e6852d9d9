"""Sending: messages are checked, debited and written in one transaction before the caller gets an answer.

Sendings of one account that come at the same time share a transaction, each with its own result.
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
"""The fields of an answer that are stored with its idempotency key."""


async def send_message(
    services: Services,
    principal: Principal,
    draft: Draft,
    *,
    idempotency_key: str | None,
    all_or_none: bool = False,
) -> Sent:
    """Accept a message for each acceptable receiver; with `all_or_none`, for all of them or for none.

    Raises:
        Refusal: the account, sender, text, date or number of receivers is refused, or with `all_or_none` a
            receiver; the error is the first one's.
        Unfunded: the credits do not cover everything; nothing is sent.
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
    """One caller's request, checked as far as possible without the account."""

    principal: Principal
    draft: Draft
    receivers: list[Verdict]
    message_ids: list[int]
    call: IdempotentCall | None
    all_or_none: bool


async def _send_together(services: Services, sendings: Sequence[_Sending]) -> list[Sent | DomainError]:
    """Check sendings of one account in their order, and write everything that is accepted."""
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
    await asyncio.sleep(0)  # others get a turn between making a thousand messages and writing them
    if await batch.save():
        wake(Queue.MESSAGES)
    return results


class _Batch:
    """The sendings of a locked account's transaction, and what they are checked against."""

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
        """Read what all of them need, under the account's lock, since some of it may just have changed.

        Callers who may not use the account cause no reading.
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
        """Accept one caller's request.

        Raises:
            DomainError: it is refused, and leaves nothing behind.
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
        """Write the messages and the stored answers; return whether there is something to hand over now."""
        is_due = await self._acceptance.write()
        await self._answers.save(at_us=self._now_us)
        return is_due

    def _sending_user(self, principal: Principal) -> User | None:
        """Return the sending API user as it is under the account's lock: it may just have been disabled."""
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
