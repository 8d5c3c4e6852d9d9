"""Callbacks through GraphQL: their fields, and the three mutations."""

import base64
import hashlib

import pytest

from server.kit.clock import ManualClock
from server.operations.accounts.accounts import update_account
from server.operations.core.principals import Principal
from server.operations.core.services import Services
from server.store.models import Account, CallbackDelivery, User
from tests.factories.accounts.accounts import World
from tests.factories.callbacks.callbacks import (
    BROKEN,
    GONE,
    HOOK,
    OK,
    OTHER_HOOK,
    TIMED_OUT,
    call_all,
    call_due,
    delivered,
    listening_user,
    pending,
)
from tests.factories.graphql.api import Api, Json

DELIVERY = (
    "kind webhookId url state attempts nextTryAt createdAt endedAt message { number } "
    "tries { triedAt address status latencyMs verdict }"
)
CALLBACK = "url stopUrl signingKeyId disabledAt disabledReason failingSince lastDelivery { kind state }"


async def _user(api: Api, by: Principal, account: Account, login: str, selection: str) -> Json:
    query = f"query($a: String!, $l: String!) {{ user(account: $a, login: $l) {{ {selection} }} }}"
    found: Json = (await api.data(by, query, a=account.name, l=login))["user"]
    return found


async def test_a_callback_is_shown_with_its_tries(
    api: Api, services: Services, world: World, clock: ManualClock
) -> None:
    """While it waits and when it has ended; to its user, the holder and an operator."""
    account = await world.account()
    user = await listening_user(services, world, account)
    number = await pending(services, world.as_user(user), account)
    await call_due(services, BROKEN)
    row = await CallbackDelivery.get()
    for by in (world.as_user(user), world.holder, world.operator):
        shown = await _user(api, by, account, user.login, f"callbackDeliveries {{ nodes {{ {DELIVERY} }} }}")
        [delivery] = shown["callbackDeliveries"]["nodes"]
        assert delivery.pop("url").startswith(f"{HOOK}?id={number}&ptt=3&date=2026-09-21T12%3A00%3A00.000Z&")
        assert delivery.pop("nextTryAt").startswith("2026-09-21T12:00:0")
        assert delivery == {
            "kind": "STATUS", "webhookId": row.webhook_id, "state": "WAITING", "attempts": 1,
            "createdAt": "2026-09-21T12:00:00.000Z", "endedAt": None, "message": {"number": str(number)},
            "tries": [{
                "triedAt": "2026-09-21T12:00:00.000Z", "address": "192.0.2.7", "status": 500, "latencyMs": 1,
                "verdict": "REFUSED_STATUS",
            }],
        }  # fmt: skip
    clock.advance(6)
    await call_due(services, OK)
    query = (
        "query($a: String!) { messages(account: $a) { nodes { callbackDeliveries "
        "{ state nextTryAt endedAt tries { verdict } } } } }"
    )
    [message] = (await api.data(world.as_user(user), query, a=account.name))["messages"]["nodes"]
    assert message["callbackDeliveries"] == [
        {
            "state": "DELIVERED",
            "nextTryAt": None,
            "endedAt": "2026-09-21T12:00:06.000Z",
            "tries": [{"verdict": "REFUSED_STATUS"}, {"verdict": "DELIVERED"}],
        }
    ]


async def test_how_a_url_does_is_shown(
    api: Api, services: Services, world: World, clock: ManualClock
) -> None:
    """Since when it fails; when and why it was disabled; all of it gone once it is set again."""
    account = await world.account()
    user = await listening_user(services, world, account)

    async def shown() -> Json:
        found = (await _user(api, world.holder, account, user.login, f"callback {{ {CALLBACK} }}"))[
            "callback"
        ]
        return {
            name: found[name] for name in ("failingSince", "disabledAt", "disabledReason", "lastDelivery")
        }

    healthy = {"failingSince": None, "disabledAt": None, "disabledReason": None}
    assert await shown() == {**healthy, "lastDelivery": None}
    await pending(services, world.as_user(user), account, "a")
    await call_due(services, TIMED_OUT)
    last = {"kind": "STATUS", "state": "WAITING"}
    assert await shown() == {**healthy, "failingSince": "2026-09-21T12:00:00.000Z", "lastDelivery": last}
    clock.advance(6)
    await call_due(services, GONE)
    last["state"] = "FAILED"
    assert await shown() == {
        "failingSince": "2026-09-21T12:00:00.000Z",
        "disabledAt": "2026-09-21T12:00:06.000Z",
        "disabledReason": "GONE",
        "lastDelivery": last,
    }
    await api.mutate(world.holder, "setUserCallback", account=account.name, login=user.login, url=HOOK)
    assert await shown() == {**healthy, "lastDelivery": last}


async def test_the_accounts_callback_is_shown(api: Api, services: Services, world: World) -> None:
    """Its URLs, its own key, and all its callbacks, its users' among them."""
    account = await world.account()
    await update_account(services, world.holder, account=account.name, changes={"callback_url": OTHER_HOOK})
    user = await listening_user(services, world, account)
    await delivered(services, world.as_user(user), account, "a")
    await pending(services, world.holder, account, "b")
    query = (
        f"query($a: String!) {{ account(name: $a) {{ callback {{ {CALLBACK} }} "
        "callbackDeliveries { nodes { url } } } }"
    )
    found = (await api.data(world.holder, query, a=account.name))["account"]
    assert (found["callback"]["url"], found["callback"]["stopUrl"]) == (OTHER_HOOK, None)
    assert found["callback"]["lastDelivery"] == {"kind": "STATUS", "state": "WAITING"}
    of_user = (await _user(api, world.holder, account, user.login, "callback { signingKeyId }"))["callback"]
    assert found["callback"]["signingKeyId"] != of_user["signingKeyId"]
    urls = [node["url"].partition("?")[0] for node in found["callbackDeliveries"]["nodes"]]
    assert urls == [OTHER_HOOK, HOOK, HOOK]


async def test_a_user_is_not_shown_its_accounts_url(api: Api, services: Services, world: World) -> None:
    """It sees the results of callbacks about its messages, but only its own URL."""
    account = await world.account()
    await update_account(
        services, world.holder, account=account.name, changes={"callback_url": f"{OTHER_HOOK}?token=x"}
    )
    user = await world.user(account)
    await pending(services, world.as_user(user), account)
    await call_due(services, BROKEN)
    fields = "callbackDeliveries { nodes { url state tries { address status } } }"
    for by, visible in ((world.as_user(user), False), (world.holder, True)):
        shown = await _user(api, by, account, user.login, fields)
        [delivery] = shown["callbackDeliveries"]["nodes"]
        assert (delivery["url"] is not None, delivery["state"]) == (visible, "WAITING")
        assert delivery["tries"] == [{"address": "192.0.2.7" if visible else None, "status": 500}]


async def test_a_rotation_shows_the_new_secret_once(api: Api, world: World) -> None:
    """The key's id is derived from it, so that the owner of a key can recognize it."""
    account = await world.account()
    user = await world.user(account)
    for given in ({"login": user.login}, {}):
        payload = await api.mutate(
            world.holder, "rotateCallbackKey", "signingSecret callback { signingKeyId }",
            account=account.name, **given,
        )  # fmt: skip
        key = base64.b64decode(payload["signingSecret"].removeprefix("whsec_"))
        assert payload["callback"]["signingKeyId"] == hashlib.sha256(key).hexdigest()[:16]
    assert (await User.get(id=user.id)).callback_key_version == 2
    assert (await Account.get(id=account.id)).callback_key_version == 2


async def test_a_test_is_on_its_way(api: Api, services: Services, world: World) -> None:
    """It is answered with as a callback that waits; without a URL it is refused."""
    account = await world.account()
    user = await listening_user(services, world, account)
    payload = await api.mutate(
        world.holder, "sendTestCallback", "delivery { kind state url message { number } }",
        account=account.name, login=user.login,
    )  # fmt: skip
    assert payload["delivery"].pop("url").startswith(f"{HOOK}?id=0&")
    assert payload["delivery"] == {"kind": "TEST", "state": "WAITING", "message": None}
    assert len(await call_all(services)) == 1
    refusal = await api.refusal(
        world.holder, "sendTestCallback", account=account.name, login=user.login, stop=True
    )
    assert refusal == ("NO_CALLBACK_URL", ["login"])


async def test_test_callbacks_are_bounded_however_full_the_budget_is(
    api: Api, services: Services, world: World
) -> None:
    """Ten in a row are made; the next is refused with a code and the time to wait, and costs no call."""
    account = await world.account()
    user = await listening_user(services, world, account)
    of_user = {"account": account.name, "login": user.login}
    for _ in range(10):
        await api.mutate(world.holder, "sendTestCallback", **of_user)
    payload = await api.payload(world.holder, "sendTestCallback", "delivery { id }", **of_user)
    assert payload["delivery"] is None
    [error] = payload["userErrors"]
    assert (error["code"], error["message"]) == (
        "RATE_LIMITED",
        "Too many test callbacks; try again in 6 seconds.",
    )
    query = (
        "mutation($i: SendTestCallbackInput!) { sendTestCallback(input: $i) { userErrors { retryAfter } } }"
    )
    again = await api.data(world.holder, query, i=of_user)
    assert again["sendTestCallback"]["userErrors"] == [{"retryAfter": 6}]
    assert await CallbackDelivery.all().count() == 10


async def test_a_replay_says_how_many(api: Api, services: Services, world: World) -> None:
    """Of one message, and of a time from where the last call came to."""
    account = await world.account()
    user = await listening_user(services, world, account)
    await delivered(services, world.as_user(user), account)
    await call_all(services)
    [message] = (
        await api.data(
            world.holder, "query($a: String!) { messages(account: $a) { nodes { id } } }", a=account.name
        )
    )["messages"]["nodes"]
    counted = "replayed nextAfter"
    assert await api.mutate(
        world.holder, "replayCallbacks", counted, messageId=message["id"], deliveredToo=True
    ) == {"replayed": 2, "nextAfter": None}
    await call_all(services)
    time = {"account": account.name, "from": "2026-09-21T12:00:00Z", "to": "2026-09-21T12:00:01Z"}
    assert (await api.mutate(world.holder, "replayCallbacks", counted, **time))["replayed"] == 0
    page = await api.data(
        world.holder,
        "query($a: String!) { deliveryEvents(account: $a) { edges { cursor } } }",
        a=account.name,
    )
    after = page["deliveryEvents"]["edges"][1]["cursor"]
    payload = await api.mutate(
        world.holder, "replayCallbacks", counted, **time, login=user.login, after=after, deliveredToo=True
    )
    assert payload == {"replayed": 1, "nextAfter": None}
    assert (await api.mutate(world.holder, "replayCallbacks", counted, **time, stops=True))["replayed"] == 0


TIME = {"account": "sms-demo-1", "from": "2026-09-21T12:00:00Z", "to": "2026-09-21T13:00:00Z"}


@pytest.mark.parametrize(
    ("input", "code", "field"),
    [
        ({}, "INVALID_INPUT", "account"),
        ({**TIME, "from": None}, "INVALID_INPUT", "from"),
        ({**TIME, "to": None}, "INVALID_INPUT", "to"),
        ({**TIME, "to": TIME["from"]}, "INVALID_INPUT", "to"),
        ({**TIME, "after": "none"}, "INVALID_INPUT", "after"),
        ({**TIME, "login": "nobody"}, "UNKNOWN_USER", "login"),
        ({**TIME, "account": "sms-never-1"}, "UNKNOWN_ACCOUNT", "account"),
        ({"messageId": "none"}, "INVALID_INPUT", "messageId"),
        ({"messageId": "TWVzc2FnZTo3"}, "UNKNOWN_MESSAGE", "messageId"),
        ({"messageId": "TWVzc2FnZTo3", "login": "x"}, "INVALID_INPUT", "login"),
        ({"messageId": "TWVzc2FnZTo3", "stops": True}, "INVALID_INPUT", "stops"),
    ],
)
async def test_what_can_not_be_replayed_is_refused(
    api: Api, world: World, input: Json, code: str, field: str
) -> None:
    """Either one message or a complete time span."""
    await world.account()
    assert await api.refusal(world.holder, "replayCallbacks", **input) == (code, [field])
