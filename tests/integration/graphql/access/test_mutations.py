"""Mutations of holders, sessions and tokens, with what follows from each."""

from dataclasses import replace
from typing import Any

import pytest

from server.operations.access.authentication import principal_of_secret
from server.store.models import AccessToken
from tests.factories.accounts.accounts import HOLDER_PASSWORD, USER_PASSWORD, World
from tests.factories.core.refusals import snapshot
from tests.factories.graphql.api import ADDRESS, Api, Json

pytestmark = pytest.mark.one_database

HERE: Json = {"account": "sms-demo-1"}
NEW: Json = {"name": "sms-new-1", "holderEmail": "holder@example.com"}


async def test_a_new_holder_can_sign_in(api: Api, world: World) -> None:
    """A holder whom an operator creates signs in with the e-mail address in any case, and owns nothing yet."""
    input: Json = {"email": "New@Example.com", "name": " Anne ", "password": HOLDER_PASSWORD}
    answer = await api.mutate(world.operator, "createHolder", "holder { email name createdAt }", **input)
    assert answer["holder"] == {
        "email": "new@example.com", "name": "Anne", "createdAt": "2026-09-21T12:00:00.000Z",
    }  # fmt: skip
    credentials = {"holder": {"email": "NEW@example.com", "password": HOLDER_PASSWORD}}
    selection = "token expiresAt viewer { kind name scopes }"
    signed_in = await api.mutate(None, "signIn", selection, **credentials)
    assert signed_in["viewer"] == {
        "kind": "HOLDER", "name": "new@example.com", "scopes": ["CREDITS", "MANAGE", "READ", "SEND"],
    }  # fmt: skip
    assert signed_in["expiresAt"] == "2026-09-22T00:00:00.000Z"
    caller = await principal_of_secret(world.services, signed_in["token"], ADDRESS)
    assert (await api.data(caller, "{ accounts { nodes { id } } }"))["accounts"]["nodes"] == []
    input |= {"email": "operator2@example.com", "isOperator": True}
    await api.mutate(world.operator, "createHolder", **input)
    credentials = {"holder": {"email": "operator2@example.com", "password": HOLDER_PASSWORD}}
    assert (await api.mutate(None, "signIn", selection, **credentials))["viewer"]["kind"] == "OPERATOR"


async def test_a_session_ends_by_signing_out(api: Api, world: World) -> None:
    """After signing out the session's secret opens nothing."""
    await world.user(await world.account())
    credentials = {"user": {**HERE, "login": "SCRIPT", "password": USER_PASSWORD}}
    signed_in = await api.mutate(None, "signIn", "token viewer { kind name }", **credentials)
    assert signed_in["viewer"] == {"kind": "USER", "name": "user:script"}
    caller = await principal_of_secret(world.services, signed_in["token"], ADDRESS)
    data = await api.data(caller, "mutation { signOut { signedOut userErrors { code } } }")
    assert data["signOut"] == {"signedOut": True, "userErrors": []}
    token = await AccessToken.get(id=caller.token_id)
    assert token.revoked_at_us is not None


@pytest.mark.parametrize(
    "credentials",
    [
        {},
        {"holder": None},
        {
            "holder": {"email": "holder@example.com", "password": HOLDER_PASSWORD},
            "user": {**HERE, "login": "script", "password": USER_PASSWORD},
        },
        {"holder": {"email": "holder@example.com"}},
    ],
    ids=["nobody", "null", "two at once", "no password"],
)
async def test_exactly_one_signs_in(api: Api, world: World, credentials: Json) -> None:
    """Credentials of nobody, of two at once, or without a password are refused with the request."""
    text = "mutation($input: SignInInput!) { signIn(input: $input) { token } }"
    assert await api.code(world.holder, text, input=credentials) == "BAD_USER_INPUT"


async def test_a_token_is_listed_without_its_secret_and_can_be_revoked(api: Api, world: World) -> None:
    """A token does what it was made for, is listed by its maker, and opens nothing once it is revoked."""
    await world.account()
    await world.account("sms-demo-2")
    maker = replace(world.holder, in_session=True)
    fields = "id label scopes createdAt expiresAt revokedAt lastUsedAt"
    input: dict[str, Any] = {"label": "reports", "scopes": ["READ", "READ"], "accounts": ["sms-demo-2"]}
    made = await api.mutate(
        maker, "createAccessToken", f"secret accessToken {{ {fields} }}", **input, lifetimeSeconds=3_600
    )
    token = made["accessToken"]
    assert {**token, "id": ""} == {
        "id": "", "label": "reports", "scopes": ["READ"], "createdAt": "2026-09-21T12:00:00.000Z",
        "expiresAt": "2026-09-21T13:00:00.000Z", "revokedAt": None, "lastUsedAt": None,
    }  # fmt: skip
    caller = await principal_of_secret(world.services, made["secret"], ADDRESS)
    data = await api.data(caller, "{ accounts { nodes { name } } }")
    assert data["accounts"]["nodes"] == [{"name": "sms-demo-2"}]
    assert await api.code(
        caller, 'mutation { deleteUser(input: {account: "sms-demo-2", login: "x"}) { account { id } } }'
    ) == ("FORBIDDEN")
    listed = (await api.data(maker, f"{{ viewer {{ accessTokens {{ nodes {{ {fields} }} }} }} }}"))["viewer"]
    assert [{**node, "lastUsedAt": None} for node in listed["accessTokens"]["nodes"]] == [token]
    revoked = await api.mutate(maker, "revokeAccessToken", f"accessToken {{ {fields} }}", id=token["id"])
    assert revoked["accessToken"]["revokedAt"] == "2026-09-21T12:00:00.000Z"
    assert (
        await api.mutate(maker, "revokeAccessToken", f"accessToken {{ {fields} }}", id=token["id"]) == revoked
    )
    row = await AccessToken.get(label="reports")
    assert row.revoked_at_us is not None
    assert made["secret"] not in repr(await snapshot())
