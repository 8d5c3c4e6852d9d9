"""Sessions: who may see and end them, one by one or all."""

import pytest

from server.errors import ErrorCode
from server.kit.clock import ManualClock
from server.operations.access.authentication import principal_of_secret, sign_in_holder, sign_in_user
from server.operations.access.sessions import revoke_session, revoke_sessions
from server.operations.access.tokens import create_access_token
from server.operations.core.principals import Principal, Scope
from server.operations.core.services import Services
from server.store.models import AccessToken, AuditEntry
from server.store.queries.visible_rows import visible_sessions
from tests.factories.accounts.accounts import HOLDER_PASSWORD, USER_PASSWORD, World
from tests.factories.core.refusals import refused

PEER = "192.0.2.7"


async def holder_session(services: Services, name: str = "holder") -> Principal:
    signed_in = await sign_in_holder(
        services, email=f"{name}@example.com", password=HOLDER_PASSWORD, address=PEER, user_agent="Lynx\n2.9"
    )
    return await principal_of_secret(services, signed_in.secret, PEER)


async def user_session(services: Services, world: World) -> Principal:
    await world.user(await world.account())
    signed_in = await sign_in_user(
        services, account="sms-demo-1", login="script", password=USER_PASSWORD, address=PEER
    )
    return await principal_of_secret(services, signed_in.secret, PEER)


async def seen_by(services: Services, principal: Principal) -> set[int]:
    return {row.id for row in await visible_sessions(principal, at_us=services.clock.now_us())}


async def test_a_session_tells_where_and_by_what_it_was_begun(
    services: Services, world: World, clock: ManualClock
) -> None:
    """The program's name in a form that can be shown; the address is that of the last use."""
    assert world.holder
    session = await holder_session(services)
    row = await AccessToken.get(id=session.token_id)
    assert (row.address, row.user_agent, row.is_session) == (PEER, "Lynx 2.9", True)
    signed_in = await sign_in_holder(
        services, email="holder@example.com", password=HOLDER_PASSWORD, address=PEER, user_agent="x" * 9_999
    )
    clock.advance(61)
    await principal_of_secret(services, signed_in.secret, "192.0.2.8")
    row = await AccessToken.get(id=row.id + 1)
    assert (row.address, row.user_agent) == ("192.0.2.8", "x" * 200)


async def test_everybody_sees_the_sessions_that_are_theirs_to_end(services: Services, world: World) -> None:
    """One's own, those of one's users, and an operator all; an ended one nobody."""
    user = await user_session(services, world)
    holder, neighbour, operator = [
        await holder_session(services, name) for name in ("holder", "neighbour", "operator")
    ]
    ids = [principal.token_id for principal in (user, holder, neighbour, operator)]
    assert await seen_by(services, user) == {ids[0]}
    assert await seen_by(services, holder) == {ids[0], ids[1]}
    assert await seen_by(services, neighbour) == {ids[2]}
    assert await seen_by(services, operator) == set(ids)
    made = await create_access_token(
        services, holder, label="t", scopes=[Scope.READ], lifetime_seconds=60, accounts=["sms-demo-1"]
    )
    token = await principal_of_secret(services, made.secret, PEER)
    assert await seen_by(services, token) == {ids[0]}
    await revoke_session(services, operator, session_id=ids[0] or 0)
    assert await seen_by(services, operator) == set(ids[1:])


async def test_a_session_ends_at_once_for_whoever_may_end_it(services: Services, world: World) -> None:
    """And a stranger gets the answer for one that never existed."""
    user = await user_session(services, world)
    holder, neighbour = await holder_session(services), await holder_session(services, "neighbour")
    for id_ in (user.token_id, 999_999):
        async with refused(ErrorCode.UNKNOWN_SESSION, "id"):
            await revoke_session(services, neighbour, session_id=id_ or 0)
    ended = await revoke_session(services, holder, session_id=user.token_id or 0)
    assert ended.revoked_at_us == services.clock.now_us()
    entry = await AuditEntry.get(action="revokeSession")
    assert (entry.subject, entry.caused_by) == ("script", "holder@example.com")
    async with refused(ErrorCode.UNKNOWN_SESSION, "id"):
        await revoke_session(services, holder, session_id=user.token_id or 0)
    await revoke_session(services, holder, session_id=holder.token_id or 0)
    assert await AuditEntry.filter(action="revokeSession", subject="holder@example.com").exists()


async def test_all_others_end_together(services: Services, world: World) -> None:
    """The one in use goes on unless it is to end too, and so does everybody else's."""
    user = await user_session(services, world)
    first, second, third = [await holder_session(services) for _ in range(3)]
    neighbour = await holder_session(services, "neighbour")
    assert await revoke_sessions(services, third) == 2
    assert await seen_by(services, third) == {user.token_id, third.token_id}
    entry = await AuditEntry.get(action="revokeSessions")
    assert (entry.subject, entry.detail) == ("holder@example.com", '{"sessions":2}')
    assert await revoke_sessions(services, third, keep_current=False) == 1
    assert await revoke_sessions(services, first, keep_current=False) == 0
    assert await AuditEntry.filter(action="revokeSessions").count() == 2
    assert await revoke_sessions(services, second, user=("sms-demo-1", "script")) == 1
    operator = await holder_session(services, "operator")
    assert await revoke_sessions(services, operator, holder_email="NEIGHBOUR@example.com ") == 1
    assert await seen_by(services, operator) == {operator.token_id}
    assert neighbour.token_id


@pytest.mark.parametrize(
    ("whose", "code", "field"),
    [
        ({"user": ("sms-demo-1", "nobody")}, ErrorCode.UNKNOWN_USER, "login"),
        ({"user": ("sms-other-1", "script")}, ErrorCode.UNKNOWN_ACCOUNT, "account"),
        ({"holder_email": "nobody@example.com"}, ErrorCode.FORBIDDEN, None),
    ],
)
async def test_a_strangers_sessions_go_on(
    services: Services, world: World, whose: dict[str, tuple[str, str]], code: ErrorCode, field: str | None
) -> None:
    """And the answer does not reveal whether they exist."""
    await world.account()
    await world.account("sms-other-1", of=world.neighbour)
    async with refused(code, *([field] if field else [])):
        await revoke_sessions(services, world.holder, **whose)  # type: ignore[arg-type]


async def test_an_operator_hears_that_there_is_no_such_holder(services: Services, world: World) -> None:
    """About the field that names it."""
    async with refused(ErrorCode.UNKNOWN_HOLDER, "holderEmail"):
        await revoke_sessions(services, world.operator, holder_email="nobody@example.com")


async def test_a_user_ends_its_own_sessions(services: Services, world: World) -> None:
    """And nobody else's."""
    user = await user_session(services, world)
    holder = await holder_session(services)
    assert await revoke_sessions(services, user, keep_current=False) == 1
    async with refused(ErrorCode.FORBIDDEN):
        await revoke_sessions(services, user, user=("sms-demo-1", "script"))
    assert await seen_by(services, holder) == {holder.token_id}


async def test_a_token_that_may_not_manage_ends_no_session(services: Services, world: World) -> None:
    """A leaked one could lock everybody out otherwise."""
    holder = await holder_session(services)
    made = await create_access_token(
        services, holder, label="reader", scopes=[Scope.READ], lifetime_seconds=60
    )
    token = await principal_of_secret(services, made.secret, PEER)
    async with refused(ErrorCode.FORBIDDEN):
        await revoke_sessions(services, token)
    async with refused(ErrorCode.FORBIDDEN):
        await revoke_session(services, token, session_id=holder.token_id or 0)
    assert world.holder
