"""Mutations of quotas and limits, with what follows from each."""

import pytest

from tests.factories.accounts.accounts import World
from tests.factories.credits.verification import check_all_books
from tests.factories.graphql.api import Api, Json
from tests.factories.messages.messages import send

pytestmark = pytest.mark.one_database

ACCOUNT: Json = {"account": "sms-demo-1"}
USER: Json = {**ACCOUNT, "login": "script"}
QUOTA = "user { quota { enabled left assigned } }"
LIMIT = "user { limit { enabled threshold channel email phoneNumber armed lastAlertAt } }"
BALANCES = """
    { account(name: "sms-demo-1") { creditsLeft creditsHeldByQuota userQuantityWithQuota
                                    user(login: "script") { quota { enabled left assigned } } } }
"""


async def _balances(api: Api, world: World) -> tuple[str, str, int]:
    account = (await api.data(world.holder, BALANCES))["account"]
    return account["creditsLeft"], account["creditsHeldByQuota"], account["userQuantityWithQuota"]


async def test_the_guides_example(api: Api, world: World) -> None:
    """Of 200 credits a quota of 150 leaves 50 and holds 150; lowered to 100 it gives 50 back; off it gives back all."""
    await world.user(await world.account(credits=200_000))
    assert await _balances(api, world) == ("200", "0", 0)
    for credits, balances in (("150", ("50", "150", 1)), ("100", ("100", "100", 1))):
        answer = await api.mutate(world.holder, "setUserQuota", QUOTA, **USER, enabled=True, credits=credits)
        assert answer["user"]["quota"] == {"enabled": True, "left": credits, "assigned": credits}
        assert await _balances(api, world) == balances
    answer = await api.mutate(world.holder, "setUserQuota", QUOTA, **USER, enabled=False)
    assert answer["user"]["quota"] == {"enabled": False, "left": "0", "assigned": "0"}
    assert await _balances(api, world) == ("200", "0", 0)
    await check_all_books()


async def test_a_user_spends_from_its_quota_and_is_then_blocked(api: Api, world: World) -> None:
    """With a quota of 1 a user sends one message, and is refused the next, though the account could pay."""
    account = await world.account()
    user = world.as_user(await world.user(account))
    await api.mutate(world.holder, "setUserQuota", **USER, enabled=True, credits="1")
    message = {**ACCOUNT, "sender": "Chappe", "receivers": ["+33612345678"], "text": "Hello"}
    sent = await api.mutate(user, "sendMessage", "credits creditsLeft", **message, idempotencyKey="1")
    assert sent == {"credits": "1", "creditsLeft": "0"}
    assert await api.refusal(user, "sendMessage", **message, idempotencyKey="2") == (
        "INSUFFICIENT_CREDITS",
        [],
    )
    assert await _balances(api, world) == ("199", "0", 1)


async def test_an_adjustment_is_relative(api: Api, world: World) -> None:
    """A quota grows and shrinks by what is added or taken, and so does what is assigned."""
    await world.user(await world.account(credits=200_000))
    await api.mutate(world.holder, "setUserQuota", **USER, enabled=True, credits="100")
    for delta, left in (("10.5", "110.5"), ("-110.5", "0"), ("0.001", "0.001")):
        answer = await api.mutate(world.holder, "adjustUserQuota", QUOTA, **USER, delta=delta)
        assert answer["user"]["quota"] == {"enabled": True, "left": left, "assigned": left}
    assert await _balances(api, world) == ("199.999", "0.001", 1)
    await check_all_books()


@pytest.mark.parametrize(
    ("name", "more", "code", "field"),
    [
        ("setUserQuota", {"enabled": True, "credits": "200.001"}, "INSUFFICIENT_CREDITS", ["credits"]),
        ("setUserQuota", {"enabled": True, "credits": "-1"}, "INVALID_AMOUNT", ["credits"]),
        ("setUserQuota", {"enabled": True}, "INVALID_AMOUNT", ["credits"]),
        ("setUserQuota", {"enabled": True, "credits": None}, "INVALID_AMOUNT", ["credits"]),
        ("setUserQuota", {"enabled": False, "credits": "0"}, "INVALID_INPUT", ["credits"]),
        ("adjustUserQuota", {"delta": "1"}, "QUOTA_IS_OFF", ["delta"]),
        ("adjustUserQuota", {"delta": "0"}, "INVALID_AMOUNT", ["delta"]),
    ],
)
async def test_a_quota_that_can_not_be_moves_nothing(
    api: Api, world: World, name: str, more: Json, code: str, field: list[str]
) -> None:
    """More than the account has, negative credits, and credits for a quota that is off are refused."""
    await world.user(await world.account(credits=200_000))
    assert await api.refusal(world.holder, name, **USER, **more) == (code, field)
    assert await _balances(api, world) == ("200", "0", 0)


async def test_a_limit_is_set_and_raises_its_alert(api: Api, world: World) -> None:
    """A limit below what is left starts armed, and the send that reaches it raises one alert; turned off it keeps nothing."""
    account = await world.account(credits=3_000)
    user = world.as_user(await world.user(account))
    limit = {
        "threshold": "2",
        "channel": "BOTH",
        "email": "Anne@Example.ORG",
        "phoneNumber": "0033 612345678",
    }
    answer = await api.mutate(world.holder, "setUserLimit", LIMIT, **USER, enabled=True, **limit)
    assert answer["user"]["limit"] == {
        "enabled": True, "threshold": "2", "channel": "BOTH", "email": "Anne@example.org",
        "phoneNumber": "+33612345678", "armed": True, "lastAlertAt": None,
    }  # fmt: skip
    await send(world.services, user, account)
    await send(world.services, user, account)
    alerts = '{ account(name: "sms-demo-1") { limitAlerts { nodes { remaining } } } }'
    assert (await api.data(world.holder, alerts))["account"]["limitAlerts"]["nodes"] == [{"remaining": "2"}]
    answer = await api.mutate(world.holder, "setUserLimit", LIMIT, **USER, enabled=False)
    assert answer["user"]["limit"] == {
        "enabled": False, "threshold": None, "channel": None, "email": None, "phoneNumber": None,
        "armed": False, "lastAlertAt": "2026-09-21T12:00:00.000Z",
    }  # fmt: skip


async def test_a_limit_already_reached_starts_disarmed(api: Api, world: World) -> None:
    """A limit at what is left says that it is not armed."""
    await world.user(await world.account(credits=2_000))
    limit = {"threshold": "2", "channel": "MAIL", "email": "a@example.org"}
    answer = await api.mutate(world.holder, "setUserLimit", LIMIT, **USER, enabled=True, **limit)
    assert answer["user"]["limit"]["armed"] is False


@pytest.mark.parametrize(
    ("more", "code", "field"),
    [
        ({"threshold": "0.999"}, "INVALID_THRESHOLD", ["threshold"]),
        ({"threshold": "0"}, "INVALID_THRESHOLD", ["threshold"]),
        ({"threshold": "-5"}, "INVALID_THRESHOLD", ["threshold"]),
        ({"threshold": None}, "INVALID_THRESHOLD", ["threshold"]),
        ({"channel": None}, "INVALID_INPUT", ["channel"]),
        ({"email": None}, "INVALID_EMAIL", ["email"]),
        ({"email": "anne"}, "INVALID_EMAIL", ["email"]),
        ({"email": "anne@example"}, "INVALID_EMAIL", ["email"]),
        ({"email": "anne@example.org, bob@example.org"}, "INVALID_EMAIL", ["email"]),
        ({"email": "anne@example.org\r\nBcc: bob@example.org"}, "INVALID_EMAIL", ["email"]),
        ({"phoneNumber": None}, "INVALID_PHONE_NUMBER", ["phoneNumber"]),
        ({"phoneNumber": "0612345678"}, "INVALID_PHONE_NUMBER", ["phoneNumber"]),
        ({"phoneNumber": "+331"}, "INVALID_PHONE_NUMBER", ["phoneNumber"]),
        ({"enabled": False}, "INVALID_INPUT", ["threshold"]),
    ],
    ids=repr,
)
async def test_a_limit_that_can_not_be_is_refused(
    api: Api, world: World, more: Json, code: str, field: list[str]
) -> None:
    """A threshold under 1, and a channel without its address, are refused by field; the old limit stays."""
    await world.user(await world.account())
    limit = {
        "enabled": True,
        "threshold": "5",
        "channel": "BOTH",
        "email": "a@b.org",
        "phoneNumber": "+33612345678",
    }
    before = await api.mutate(world.holder, "setUserLimit", LIMIT, **USER, **limit)
    assert await api.refusal(world.holder, "setUserLimit", **USER, **{**limit, **more}) == (code, field)
    query = f'{{ user(account: "sms-demo-1", login: "script") {LIMIT.removeprefix("user ")} }}'
    assert (await api.data(world.holder, query))["user"] == before["user"]
