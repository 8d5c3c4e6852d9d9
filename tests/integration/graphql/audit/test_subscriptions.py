"""The audit trail as a log of each account: every change has an entry, with a number of its own and a cursor."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from graphql import GraphQLObjectType

from server.graphql.schema.ids import node_id
from server.graphql.schema.schema import schema
from server.operations.access.authentication import principal_of_secret, sign_in_user, sign_out
from server.operations.access.sessions import keep_user, revoke_session, revoke_sessions
from server.operations.access.tokens import NewToken, create_access_token, revoke_access_token
from server.operations.accounts.users import create_user
from server.operations.core.principals import Scope
from server.operations.core.services import Services
from server.operations.credits.credits import transfer_credits
from server.operations.credits.limits import set_user_limit
from server.operations.credits.quotas import set_user_quota
from server.operations.notifications.confirmations import request_confirmation
from server.operations.senders.senders import create_sender
from server.rules.credits.thresholds import AlertChannel
from server.store.models import AccessToken, Account, AuditEntry, User
from server.web import panel_page
from tests.factories.accounts.accounts import USER_PASSWORD, World
from tests.factories.graphql.api import Api
from tests.factories.graphql.schema.inputs import mutations

PANELS_ACTIONS = Path(panel_page.__file__).parent / "panel" / "src" / "pages" / "audit" / "actions.ts"
OF_NO_ACCOUNT = {
    "signIn",  # changes nothing
    "createHolder", "updateProfile",
    "changePassword", "resetHolderPassword", "setHolderEnabled",  # a holder's
    "setRate", "createLink", "updateLink", "deleteLink",  # the server's
    "sendMessage",  # the log of delivery events has it
}  # fmt: skip
TRIED_BELOW = {
    "revokeAccessToken", "keepUser", "revokeSession", "revokeSessions", "requestConfirmation", "signOut",
}  # fmt: skip


async def _trail(account: Account) -> list[tuple[int, str]]:
    """Return number and action of each entry of an account, oldest first."""
    entries = await AuditEntry.filter(account_id=account.id).order_by("id")
    return [(entry.sequence, entry.action) for entry in entries]


async def _latest(account: Account) -> str:
    return (await _trail(account))[-1][1]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_every_mutation_of_an_account_has_an_entry(api: Api, world: World) -> None:
    """Whatever changes something of an account is heard of by who follows its audit trail."""
    told = set()
    for call in await mutations(world):
        before = dict(await Account.all().values_list("id", "audit_sequence"))
        await api.payload(call.caller, call.name, **call.arguments["input"])
        if dict(await Account.all().values_list("id", "audit_sequence")) != before:
            told.add(call.name)
    root = schema._schema.mutation_type
    assert isinstance(root, GraphQLObjectType)
    assert told == root.fields.keys() - OF_NO_ACCOUNT - TRIED_BELOW
    for account in await Account.all():
        numbers = [number for number, _ in await _trail(account)]
        assert numbers == list(range(1, account.audit_sequence + 1))


def test_the_panel_has_words_for_every_action() -> None:
    """Its page of the trail filters by each mutation that is recorded there, and by what contacts answer."""
    root = schema._schema.mutation_type
    assert isinstance(root, GraphQLObjectType)
    answers = {"confirmContact", "refuseContact"}
    shown = set(re.findall(r"^  '(\w+)',$", PANELS_ACTIONS.read_text("utf-8"), re.MULTILINE))
    assert shown == (root.fields.keys() - OF_NO_ACCOUNT) | answers


async def _token(world: World, *, user: User | None = None, accounts: Sequence[str] = ()) -> NewToken:
    """Make a token of the holder: for a user, or bound to accounts, or for all that the holder has."""
    of_user = None if user is None else ((await Account.get(id=user.account_id)).name, user.login)
    return await create_access_token(
        world.services, replace(world.holder, in_session=True), label="mine", scopes=[Scope.READ],
        lifetime_seconds=60, accounts=accounts, user=of_user,
    )  # fmt: skip


async def test_tokens_and_sessions_of_a_user_are_the_accounts(services: Services, world: World) -> None:
    """Making and ending them is in the account's trail, whoever does it; those of holders are not."""
    account, holder = await world.account(), replace(world.holder, in_session=True)
    user = await world.user(account)
    of_user = {"account": account.name, "login": user.login}
    for end in ("revoke", "sign out"):
        made = await _token(world, user=user)
        assert await _latest(account) == "createAccessToken"
        if end == "revoke":
            await revoke_access_token(services, holder, token_id=made.token.id)
            assert await _latest(account) == "revokeAccessToken"
        else:
            await sign_out(services, await principal_of_secret(services, made.secret, None))
            assert await _latest(account) == "signOut"
    for _ in range(2):
        await sign_in_user(services, **of_user, password=USER_PASSWORD, address=None)
    session = await AccessToken.filter(is_session=True).order_by("id").first()
    assert session is not None
    await revoke_session(services, holder, session_id=session.id)
    assert await _latest(account) == "revokeSession"
    assert await revoke_sessions(services, holder, user=(account.name, user.login)) == 1
    assert await _latest(account) == "revokeSessions"
    trail = await _trail(account)
    own = await _token(world)
    await revoke_access_token(services, holder, token_id=own.token.id)
    assert await _trail(account) == trail
    entry = await AuditEntry.filter(account_id=None).order_by("-id").first()
    assert entry is not None
    assert (entry.action, entry.sequence) == ("revokeAccessToken", 0)


async def test_a_bound_token_is_in_the_trail_of_its_accounts_alone(services: Services, world: World) -> None:
    """Each of them names no other: an operator's token may be bound to accounts of strangers."""
    first, second = await world.account("sms-a-1"), await world.account("sms-b-1")
    other = await world.account("sms-c-1")
    made = await _token(world, accounts=[second.name, first.name])
    for account in (first, second):
        entry = await AuditEntry.filter(account_id=account.id).order_by("-id").first()
        assert entry is not None
        assert f'"accounts":["{account.name}"]' in entry.detail
    await revoke_access_token(services, replace(world.holder, in_session=True), token_id=made.token.id)
    assert await _latest(first) == await _latest(second) == "revokeAccessToken"
    assert {action for _, action in await _trail(other)} == {"grantCredits"}


async def test_keeping_a_user_and_asking_a_contact_have_entries(services: Services, world: World) -> None:
    """Both are in the trail of the account."""
    account, holder = await world.account(), replace(world.holder, in_session=True)
    token = await create_access_token(
        services, holder, label="maker", scopes=[Scope.READ, Scope.SEND, Scope.MANAGE], lifetime_seconds=60
    )
    maker = await principal_of_secret(services, token.secret, None)
    await create_user(services, maker, account=account.name, login="made", password=None)
    await keep_user(services, holder, account=account.name, login="made")
    assert await _latest(account) == "keepUser"
    await set_user_limit(
        services, holder, account=account.name, login="made", enabled=True, threshold=1_000,
        channel=AlertChannel.MAIL, email="asked@example.org",
    )  # fmt: skip
    services.clock.advance(86_400)  # type: ignore[attr-defined]  # tests have one that stands
    await request_confirmation(
        services, holder, account=account.name, email="asked@example.org", phone_number=None
    )
    assert await _latest(account) == "requestConfirmation"


async def test_changes_at_the_same_time_have_numbers_without_a_gap(services: Services, world: World) -> None:
    """Of several accounts at once too, and none waits for another for ever."""
    first, second = await world.account("sms-a-1"), await world.account("sms-b-1")
    user = await world.user(first)
    holder = replace(world.holder, in_session=True)
    tokens = [await _token(world, user=user) for _ in range(4)]
    tokens += [await _token(world, accounts=[first.name, second.name]) for _ in range(4)]
    of_user = {"account": first.name, "login": user.login}
    await asyncio.gather(
        *(revoke_access_token(services, holder, token_id=token.token.id) for token in tokens),
        *(
            set_user_quota(services, holder, **of_user, enabled=True, credits=credits)
            for credits in range(1_000, 5_000, 1_000)
        ),
        *(
            transfer_credits(
                services,
                holder,
                source=source.name,
                target=target.name,
                credits=1,
                key=f"{source.id}-{number}",
            )
            for number in range(4)
            for source, target in ((first, second), (second, first))
        ),
        *(
            create_sender(
                services, holder, account=first.name, name=f"Name {number}", kind=None, comment=None
            )
            for number in range(4)
        ),
        *(_token(world, accounts=[second.name, first.name]) for _ in range(4)),
    )
    for account in (first, second):
        numbers = [number for number, _ in await _trail(account)]
        assert sorted(numbers) == list(range(1, (await Account.get(id=account.id)).audit_sequence + 1))


async def test_an_entry_has_its_lists_cursor(api: Api, world: World) -> None:
    """The cursor of an entry continues the list; an entry of no account is found by nobody's id."""
    account = await world.account()
    await world.user(account)
    query = """
        query($after: String) { account(name: "sms-demo-1") {
            auditEntries(direction: ASC, after: $after) { edges { cursor node { id sequence cursor action } } }
        } }
    """
    edges = (await api.data(world.holder, query))["account"]["auditEntries"]["edges"]
    assert [(edge["node"]["sequence"], edge["node"]["action"]) for edge in edges] == [
        ("1", "grantCredits"), ("2", "createUser"),
    ]  # fmt: skip
    assert [edge["cursor"] for edge in edges] == [edge["node"]["cursor"] for edge in edges]
    rest = await api.data(world.holder, query, after=edges[0]["node"]["cursor"])
    assert rest["account"]["auditEntries"]["edges"] == edges[1:]
    outside = await AuditEntry.create(action="setRate", subject="FR", detail="{}", caused_by="x", at_us=0)
    asked = "query($id: ID!) { node(id: $id) { id } }"
    for caller in (world.holder, world.operator):
        assert (await api.data(caller, asked, id=edges[0]["node"]["id"]))["node"] is not None
        assert (await api.data(caller, asked, id=node_id("AuditEntry", outside.id)))["node"] is None
