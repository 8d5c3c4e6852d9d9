"""Sender names: a holder declares one, and an operator of the server approves or refuses it."""

from server.errors import Conflict, ErrorCode, NotFound, about
from server.operations.audit import trail
from server.operations.core.principals import Principal, Scope
from server.operations.core.services import Services
from server.operations.core.visibility import lock_account
from server.rules.core.free_texts import check_line
from server.rules.senders.senders import SenderKind, SenderStatus, parse_sender, sender_key
from server.store.models import Account, Sender
from server.store.queries.senders import find_answer_taker, find_sender
from server.store.writing import add, delete, update

MAX_COMMENT = 200


async def create_sender(
    services: Services,
    principal: Principal,
    *,
    account: str,
    name: str,
    kind: SenderKind | None,
    comment: str | None,
) -> Sender:
    """Declare a sender on an account; it waits for approval. Without a kind, the form of the name decides.

    Raises:
        NotFound: UNKNOWN_ACCOUNT.
        InvalidInput: INVALID_SENDER, INVALID_TEXT, or a comment of over 200 characters.
        Conflict: SENDER_TAKEN; case makes no difference.
    """
    principal.require(Scope.MANAGE)
    with about("name"):
        parsed, parsed_kind = parse_sender(name, kind)
    with about("comment"):
        check_line(comment or "", MAX_COMMENT)

    async def work() -> Sender:
        locked = await lock_account(principal, account)
        now_us = services.clock.now_us()
        if await find_sender(locked.id, sender_key(parsed)) is not None:
            raise Conflict("This sender is declared already.", code=ErrorCode.SENDER_TAKEN, field=("name",))
        sender = await add(
            Sender(
                account_id=locked.id,
                name=parsed,
                name_key=sender_key(parsed),
                kind=parsed_kind,
                comment=comment,
                created_at_us=now_us,
                status_changed_at_us=now_us,
            )
        )
        await trail.record(principal, "createSender", parsed, at_us=now_us, account=locked)
        return sender

    return await services.transactions.run(work)


async def set_sender_status(
    services: Services, principal: Principal, *, account: str, name: str, status: SenderStatus
) -> Sender:
    """Approve, refuse or disable a sender. Only for operators.

    Raises:
        NotFound: UNKNOWN_ACCOUNT, UNKNOWN_SENDER.
    """
    principal.require(Scope.OPERATE)

    async def work() -> Sender:
        locked = await lock_account(principal, account)
        now_us = services.clock.now_us()
        sender = await _find(locked, name)
        before, sender.status = sender.status, status
        sender.status_changed_at_us = now_us
        await update([sender], ["status", "status_changed_at_us"])
        await trail.record(
            principal,
            "setSenderStatus",
            sender.name,
            at_us=now_us,
            account=locked,
            detail={"status": status},
            before={"status": before},
        )
        return sender

    return await services.transactions.run(work)


async def delete_sender(
    services: Services, principal: Principal, *, account: str, name: str
) -> tuple[Account, int]:
    """Delete a sender of an account. Messages sent with it keep its name.

    Returns:
        The account as it is now, and the id that the sender had.

    Raises:
        NotFound: UNKNOWN_ACCOUNT, UNKNOWN_SENDER.
    """
    principal.require(Scope.MANAGE)

    async def work() -> tuple[Account, int]:
        locked = await lock_account(principal, account)
        sender = await _find(locked, name)
        await delete(sender)
        if locked.alert_sender is not None and sender_key(locked.alert_sender) == sender.name_key:
            locked.alert_sender = None
            await update([locked], ["alert_sender"])
        await trail.record(
            principal, "deleteSender", sender.name, at_us=services.clock.now_us(), account=locked
        )
        return locked, sender.id

    return await services.transactions.run(work)


async def sender_for_answers(account: Account, name: str | None) -> str:
    """Return the account's enabled virtual number with this name; without a name, the first that it declared.

    Raises:
        NotFound: UNKNOWN_SENDER, there is none.
    """
    taker = await find_answer_taker(account.id, None if name is None else sender_key(name))
    if taker is None:
        msg = "The account has no such number for answers: it must be a virtual number, declared and enabled."
        raise NotFound(msg, code=ErrorCode.UNKNOWN_SENDER, field=("sender",))
    return taker.name


async def _find(account: Account, name: str) -> Sender:
    sender = await find_sender(account.id, sender_key(name))
    if sender is None:
        raise NotFound(
            "This sender is not declared on the account.", code=ErrorCode.UNKNOWN_SENDER, field=("name",)
        )
    return sender
