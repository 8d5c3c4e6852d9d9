"""Queries of accounts: their fields, filters and orders, and the fields below."""

from typing import Any

import pytest

from server.kit.clock import ManualClock
from server.operations.accounts.accounts import update_account
from server.operations.credits.credits import transfer_credits
from server.operations.credits.limits import set_user_limit
from server.operations.credits.quotas import set_user_quota
from server.operations.dispatch.inbound import add_to_blacklist
from server.rules.credits.thresholds import AlertChannel
from server.store.models import Account
from server.store.models.accounts import AccountStatus
from tests.factories.accounts.accounts import World
from tests.factories.graphql.api import Api, Json
from tests.factories.messages.messages import send

ACCOUNTS = """
    query($filter: AccountFilter, $orderBy: AccountOrder) {
        accounts(filter: $filter, orderBy: $orderBy) { nodes { name } }
    }
"""


async def _names(api: Api, world: World, **variables: Any) -> list[str]:
    data = await api.data(world.holder, ACCOUNTS, **variables)
    return [node["name"] for node in data["accounts"]["nodes"]]


async def _account(api: Api, world: World, selection: str, **variables: Any) -> Json:
    data = await api.data(world.holder, f'{{ account(name: "sms-demo-1") {{ {selection} }} }}', **variables)
    account: Json = data["account"]
    return account


async def test_an_account_shows_all_that_is_said_of_it(api: Api, world: World) -> None:
    """Each field of an account holds what was set, and a fresh account's the defaults."""
    await world.account()
    fields = "name description status creditsLeft timeZone stopClause keepsAdvertisingHours alertSender callbackUrl stopCallbackUrl createdAt"
    assert await _account(api, world, fields) == {
        "name": "sms-demo-1",
        "description": None,
        "status": "ENABLED",
        "creditsLeft": "200",
        "timeZone": "UTC",
        "stopClause": "",
        "keepsAdvertisingHours": False,
        "alertSender": None,
        "callbackUrl": None,
        "stopCallbackUrl": None,
        "createdAt": "2026-09-21T12:00:00.000Z",
    }
    changes: Any = {
        "description": "Ours",
        "time_zone": "Europe/Paris",
        "stop_clause": "STOP 36000",
        "keeps_advertising_hours": True,
        "alert_sender": "Chappe",
        "callback_url": "https://example.org/a",
        "stop_callback_url": "https://example.org/b",
    }
    await update_account(world.services, world.holder, account="sms-demo-1", changes=changes)
    assert await _account(api, world, fields) == {
        "name": "sms-demo-1",
        "description": "Ours",
        "status": "ENABLED",
        "creditsLeft": "200",
        "timeZone": "Europe/Paris",
        "stopClause": "STOP 36000",
        "keepsAdvertisingHours": True,
        "alertSender": "Chappe",
        "callbackUrl": "https://example.org/a",
        "stopCallbackUrl": "https://example.org/b",
        "createdAt": "2026-09-21T12:00:00.000Z",
    }


async def test_an_unknown_account_is_null(api: Api, world: World) -> None:
    """An account that is not there, and one that is somebody else's, is null without an error."""
    await world.account(of=world.neighbour)
    for name in ("sms-demo-1", "sms-none-1", "x" * 41):
        data = await api.data(
            world.holder, "query($name: String!) { account(name: $name) { name } }", name=name
        )
        assert data == {"account": None}


@pytest.mark.parametrize(
    ("filter_", "names"),
    [
        (None, ["sms-a-1", "sms-a-2", "sms-b-1"]),
        ({}, ["sms-a-1", "sms-a-2", "sms-b-1"]),
        ({"namePrefix": None, "status": None}, ["sms-a-1", "sms-a-2", "sms-b-1"]),
        ({"namePrefix": ""}, ["sms-a-1", "sms-a-2", "sms-b-1"]),
        ({"namePrefix": "sms-a"}, ["sms-a-1", "sms-a-2"]),
        ({"namePrefix": "SMS-A"}, ["sms-a-1", "sms-a-2"]),
        ({"namePrefix": "sms-b-1"}, ["sms-b-1"]),
        ({"namePrefix": "a"}, []),
        ({"namePrefix": "%"}, []),
        ({"namePrefix": "sms_"}, []),
        ({"namePrefix": "sms-a\\"}, []),
        ({"namePrefix": "x" * 300}, []),
        ({"search": "A-"}, ["sms-a-1", "sms-a-2"]),
        ({"search": "-2"}, ["sms-a-2"]),
        ({"search": "our SHOP"}, ["sms-b-1"]),
        ({"search": "%"}, ["sms-b-1"]),
        ({"search": ""}, ["sms-a-1", "sms-a-2", "sms-b-1"]),
        ({"search": "x" * 300}, []),
        ({"search": "sms", "status": "DISABLED"}, ["sms-a-2"]),
        ({"status": "ENABLED"}, ["sms-a-1", "sms-b-1"]),
        ({"status": "DISABLED"}, ["sms-a-2"]),
        ({"status": "DISABLED", "namePrefix": "sms-b"}, []),
    ],
    ids=repr,
)
async def test_a_filter_narrows_the_accounts(
    api: Api, world: World, filter_: Json | None, names: list[str]
) -> None:
    """Accounts are found by a piece of their name or description, taken literally, and by their status."""
    for name in ("sms-b-1", "sms-a-2", "sms-a-1"):
        await world.account(name, credits=0)
    await Account.filter(name="sms-a-2").update(status=AccountStatus.DISABLED)
    await Account.filter(name="sms-b-1").update(description="Our Shop: 100% ours")
    assert await _names(api, world, filter=filter_) == names


@pytest.mark.parametrize(
    ("order", "names"),
    [
        (None, "abc"),
        ({"field": "NAME"}, "abc"),
        ({"field": "NAME", "direction": "DESC"}, "cba"),
        ({"field": "CREATED_AT"}, "cab"),
        ({"field": "CREATED_AT", "direction": "DESC"}, "bac"),
        ({"field": "CREDITS_LEFT", "direction": "ASC"}, "bca"),
        ({"field": "CREDITS_LEFT", "direction": "DESC"}, "acb"),
    ],
    ids=repr,
)
async def test_accounts_come_in_the_order_asked_for(
    api: Api, world: World, clock: ManualClock, order: Json | None, names: str
) -> None:
    """Accounts come by name, by creation or by credits, either way; names are the default."""
    for letter, credits in (("c", 9_000), ("a", 10_000), ("b", 0)):
        await world.account(f"sms-{letter}-1", credits=credits)
        clock.advance(1)
    assert await _names(api, world, orderBy=order) == [f"sms-{letter}-1" for letter in names]


async def test_quotas_are_summed_up(api: Api, world: World) -> None:
    """An account says what its users' quotas hold and how many have one; a quota of 0 counts, a deleted user's does not."""
    account = await world.account()
    fields = "creditsLeft creditsHeldByQuota userQuantityWithQuota"
    assert await _account(api, world, fields) == {
        "creditsLeft": "200", "creditsHeldByQuota": "0", "userQuantityWithQuota": 0,
    }  # fmt: skip
    for login, credits in (("one", 10_500), ("two", 0), ("gone", 30_000)):
        await world.user(account, login)
        await set_user_quota(
            world.services, world.holder, account=account.name, login=login, enabled=True, credits=credits
        )
    await world.user(account, "without")
    await api.mutate(world.holder, "deleteUser", account=account.name, login="gone")
    assert await _account(api, world, fields) == {
        "creditsLeft": "189.5", "creditsHeldByQuota": "10.5", "userQuantityWithQuota": 2,
    }  # fmt: skip


async def test_a_balance_of_the_past_is_known(api: Api, world: World, clock: ManualClock) -> None:
    """The balance at a time counts the entries up to that instant; it is 0 before the first and the present one after the last."""
    account = await world.account(credits=10_000)
    clock.advance(3_600)
    await send(world.services, world.holder, account, "+33612345678", "+33612345679")
    times = {
        "2026-09-21T11:59:59.999999Z": "0",
        "2026-09-21T12:00:00Z": "10",
        "2026-09-21T14:59:59.999+02:00": "10",
        "2026-09-21T15:00:00+02:00": "8",
        "9999-12-31T23:59:59Z": "8",
        "0001-01-01T00:00:00Z": "0",
    }
    for time, balance in times.items():
        assert await _account(api, world, f'balanceAt(time: "{time}")') == {"balanceAt": balance}


async def test_what_lies_below_an_account_is_its_own(api: Api, world: World) -> None:
    """Users, senders, messages, entries, alerts, blacklist and audit trail are those of the account that is asked for."""
    account, other = await world.account(), await world.account("sms-demo-2")
    for each in (account, other):
        user = await world.user(each, f"user-of-{each.name}")
        await set_user_limit(
            world.services, world.holder, account=each.name, login=user.login, enabled=True, threshold=199_500,
            channel=AlertChannel.MAIL, email=f"{each.name}@example.org",
        )  # fmt: skip
        await send(world.services, world.as_user(user), each, tag=each.name)
        await add_to_blacklist(
            world.services, world.holder, account=each.name, number=f"+3361234567{each.id}"
        )
    found = await _account(
        api,
        world,
        """
        user(login: "USER-OF-SMS-DEMO-1") { login account { name } }
        other: user(login: "user-of-sms-demo-2") { login }
        users { nodes { login } }
        senders { nodes { name kind status comment createdAt statusChangedAt } }
        messages { nodes { tag } }
        creditEntries { nodes { kind accountDelta quotaDelta accountBalance quotaBalance userLogin user { login }
                                reference causedBy reason sequence occurredAt } }
        limitAlerts { nodes { userLogin remaining threshold channel email phoneNumber raisedAt } }
        blacklist { nodes { number since } }
        auditEntries { nodes { action subject detail causedBy occurredAt } }
        """,
    )
    noon = "2026-09-21T12:00:00.000Z"
    login = "user-of-sms-demo-1"
    assert found["user"] == {"login": login, "account": {"name": account.name}}
    assert found["other"] is None
    assert found["users"]["nodes"] == [{"login": login}]
    assert found["senders"]["nodes"] == [
        {
            "name": "Chappe", "kind": "ALPHANUMERIC", "status": "ENABLED", "comment": None,
            "createdAt": noon, "statusChangedAt": noon,
        }
    ]  # fmt: skip
    assert found["messages"]["nodes"] == [{"tag": account.name}]
    sent, granted = found["creditEntries"]["nodes"]
    assert sent["reference"].startswith("send:")
    assert {**sent, "reference": ""} == {
        "kind": "MESSAGE", "accountDelta": "-1", "quotaDelta": "0", "accountBalance": "199", "quotaBalance": None,
        "userLogin": login, "user": {"login": login}, "reference": "", "causedBy": f"user:{login}",
        "reason": None, "sequence": "2", "occurredAt": noon,
    }  # fmt: skip
    assert (granted["kind"], granted["accountDelta"], granted["user"]) == ("GRANT", "200", None)
    assert found["limitAlerts"]["nodes"] == [
        {
            "userLogin": login, "remaining": "199", "threshold": "199.5", "channel": "MAIL",
            "email": "sms-demo-1@example.org", "phoneNumber": None, "raisedAt": noon,
        }
    ]  # fmt: skip
    assert found["blacklist"]["nodes"] == [{"number": f"+3361234567{account.id}", "since": noon}]
    actions = [node["action"] for node in found["auditEntries"]["nodes"]]
    assert actions[:3] == ["addToBlacklist", "setUserLimit", "createUser"]
    assert found["auditEntries"]["nodes"][0]["causedBy"] == "holder@example.com"


async def test_a_ledger_that_adds_up_says_so(api: Api, world: World) -> None:
    """Verifying an account's ledger gives the number of entries, and the sums by kind."""
    account = await world.account()
    await world.account("sms-demo-2")
    await transfer_credits(
        world.services, world.holder, source=account.name, target="sms-demo-2", credits=50_000, key="one"
    )
    await send(world.services, world.holder, account)
    data = await api.data(
        world.holder,
        '{ verifyLedger(account: "sms-demo-1") { intact entries totals { kind credits } breachSequence breach } }',
    )
    found = data["verifyLedger"]
    totals = {total["kind"]: total["credits"] for total in found.pop("totals")}
    assert found == {"intact": True, "entries": "3", "breachSequence": None, "breach": None}
    assert {kind: total for kind, total in totals.items() if total != "0"} == {
        "GRANT": "200", "TRANSFER_OUT": "-50", "MESSAGE": "-1",
    }  # fmt: skip


async def test_a_ledger_that_was_tampered_with_says_where(api: Api, world: World) -> None:
    """A balance that was changed behind the server's back is found out."""
    account = await world.account()
    await Account.filter(id=account.id).update(credits_left=200_001)
    data = await api.data(
        world.holder, '{ verifyLedger(account: "sms-demo-1") { intact breach breachSequence } }'
    )
    assert data["verifyLedger"]["intact"] is False
    assert data["verifyLedger"]["breach"]
