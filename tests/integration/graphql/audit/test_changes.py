"""The audit trail: new and old values, with the inputs' names, and never a secret."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLObjectType, get_named_type

from server.graphql.schema.schema import schema
from server.store.models import AuditEntry
from tests.factories.accounts.accounts import HOLDER_PASSWORD, USER_PASSWORD, World
from tests.factories.graphql.api import Api
from tests.factories.graphql.schema.inputs import mutations
from tests.factories.links.links import LINK_PASSWORD

TRAIL = '{ account(name: "sms-demo-1") { auditEntries(first: 100) { nodes { action subject detail changes { field old new } } } } }'
NONE = object()
"""No value before, not even null."""
# What followed from a change, and is not given.
FOLLOWED = {
    "adjustUserQuota": {"enabled", "credits"},
    "cancelPendingMessages": {"cancelledMessages"},
    "changePassword": {"endedTokens"},
    "deleteUser": {"cancelledMessages"},
    "replayCallbacks": {"callbacks"},
    "resetHolderPassword": {"endedTokens"},
    "revokeSessions": {"sessions"},
    "rotateCallbackKey": {"version"},
    "setHolderEnabled": {"endedTokens"},
    "setUserEnabled": {"cancelledMessages"},
}


def _inputs(name: str) -> Iterator[str]:
    """Yield the names of a mutation's input."""
    mutation = schema._schema.type_map["Mutation"]
    assert isinstance(mutation, GraphQLObjectType)
    input = get_named_type(mutation.fields[name].args["input"].type)
    assert isinstance(input, GraphQLInputObjectType)
    yield from input.fields


async def _changes(api: Api, world: World) -> dict[str, tuple[Any, Any]]:
    """Return old and new value of what the latest change set."""
    data = await api.data(world.holder, TRAIL)
    latest = data["account"]["auditEntries"]["nodes"][0]
    assert list(json.loads(latest["detail"])) == [change["field"] for change in latest["changes"]]
    return {
        change["field"]: (
            NONE if change["old"] is None else json.loads(change["old"]),
            json.loads(change["new"]),
        )
        for change in latest["changes"]
    }


async def test_an_entry_has_old_and_new_values(api: Api, world: World) -> None:
    """By the names of the inputs, as the API shows them."""
    account = await world.account()
    await world.user(account)
    here: dict[str, Any] = {"account": account.name}
    steps: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        (
            "updateAccount",
            {"timeZone": "Europe/Paris", "description": "Ours"},
            {"timeZone": ("UTC", "Europe/Paris"), "description": (None, "Ours")},
        ),
        ("updateAccount", {"timeZone": None}, {"timeZone": ("Europe/Paris", "UTC")}),
        ("updateAccount", {"description": "null"}, {"description": ("Ours", "null")}),
        ("updateAccount", {"description": None}, {"description": ("null", None)}),
        (
            "setUserIpRestrictions",
            {"login": "script", "addresses": ["192.0.2.1"]},
            {"addresses": ([], ["192.0.2.1"])},
        ),
        ("setUserIpRestrictions", {"login": "script", "addresses": []}, {"addresses": (["192.0.2.1"], [])}),
        (
            "setUserCallback",
            {"login": "script", "url": "https://example.com/a"},
            {"url": (None, "https://example.com/a"), "stopUrl": (None, None)},
        ),
        (
            "setUserQuota",
            {"login": "script", "enabled": True, "credits": "10"},
            {"enabled": (False, True), "credits": ("0", "10")},
        ),
        (
            "adjustUserQuota",
            {"login": "script", "delta": "-2.5"},
            {"delta": (NONE, "-2.5"), "enabled": (True, True), "credits": ("10", "7.5")},
        ),
        ("setAlertTemplates", {"mailSubject": "Low"}, {"mailSubject": (None, "Low")}),
        ("changeUserPassword", {"login": "script"}, {"password": ("[redacted]", "[redacted]")}),
        (
            "setUserEnabled",
            {"login": "script", "enabled": False},
            {"enabled": (True, False), "cancelledMessages": (NONE, 0)},
        ),
    ]
    for name, input, expected in steps:
        await api.mutate(world.holder, name, **here, **input)
        assert await _changes(api, world) == expected, name
    await api.mutate(world.operator, "setSenderStatus", **here, name="Chappe", status="DISABLED")
    assert await _changes(api, world) == {"status": ("ENABLED", "DISABLED")}


async def test_an_entry_from_before_values_were_kept_is_shown(api: Api, world: World) -> None:
    """Nothing is known of what was before."""
    account = await world.account()
    await AuditEntry.create(
        account_id=account.id,
        sequence=account.audit_sequence + 1,
        action="setRate",
        subject="FR",
        detail='{"credits":"1"}',
        caused_by="x",
        at_us=0,
    )
    assert await _changes(api, world) == {"credits": (NONE, "1")}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_every_change_is_told_by_its_inputs_names(api: Api, world: World) -> None:
    """Whatever mutation is called with all that it takes, its entry has no other names, and no secret."""
    told = set()
    for call in await mutations(world):
        before = await AuditEntry.all().count()
        await api.payload(call.caller, call.name, **call.arguments["input"])
        entries = await AuditEntry.filter(action=call.name).order_by("-id").limit(1)
        if await AuditEntry.all().count() == before:
            continue
        [entry] = entries
        told.add(call.name)
        names = json.loads(entry.detail).keys() | json.loads(entry.before or "{}").keys()
        known = {*_inputs(call.name), *FOLLOWED.get(call.name, ())}
        assert names <= known, (call.name, names - known)
        for secret in (LINK_PASSWORD, HOLDER_PASSWORD, USER_PASSWORD, "whsec_"):
            assert secret not in f"{entry.detail}{entry.before}", call.name
    assert len(told) > 25  # one that was done before may have taken from a later one what it takes
