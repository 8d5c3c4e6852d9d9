"""Queries of estimates, rates, and the tables of ptt codes and delivery statuses."""

from typing import Any

import pytest

from server.operations.dispatch.inbound import add_to_blacklist
from server.operations.senders.senders import set_sender_status
from server.rules.senders.senders import SenderStatus
from tests.factories.accounts.accounts import World
from tests.factories.graphql.api import Api, Json

ESTIMATE = """
    query($input: EstimateMessageInput!) {
        estimateMessage(input: $input) {
            body coding length parts forcedUnicode credits
            receivers { receiver number country accepted credits code reason message { id } }
        }
    }
"""
DRAFT: Json = {"account": "sms-demo-1", "sender": "Chappe", "receivers": ["+33612345678"], "text": "Hello"}


async def _estimate(api: Api, world: World, **more: Any) -> Json:
    data = await api.data(world.holder, ESTIMATE, input={**DRAFT, **more})
    found: Json = data["estimateMessage"]
    return found


async def test_ptt_codes_are_a_public_table(api: Api) -> None:
    """Anyone reads the codes: all that are known, those asked for in their order, and an unknown one said to be so."""
    fields = "{ code known description comment duration deliveryStatus final }"
    known = (await api.data(None, f"{{ pttCodes {fields} }}"))["pttCodes"]
    codes = [code["code"] for code in known]
    assert codes == sorted(codes)
    assert {3, 4, 23, 24, 202} <= set(codes)
    assert all(code["known"] and code["deliveryStatus"] and code["final"] is not None for code in known)
    query = f"query($codes: [Int!]) {{ pttCodes(codes: $codes) {fields} }}"
    found = (await api.data(None, query, codes=[777, 4, 4]))["pttCodes"]
    assert [(code["code"], code["known"], code["deliveryStatus"], code["final"]) for code in found] == [
        (777, False, None, None), (4, True, "SUCCESS", True), (4, True, "SUCCESS", True),
    ]  # fmt: skip
    assert (await api.data(None, query, codes=[]))["pttCodes"] == []
    assert (await api.data(None, query, codes=None))["pttCodes"] == known
    code = (await api.data(None, f"{{ pttCode(code: 24) {fields} }}"))["pttCode"]
    assert (code["duration"], code["deliveryStatus"], code["final"]) == ("TEMPORARY", "FAILED", True)


async def test_ptt_codes_that_can_not_be_are_refused(api: Api) -> None:
    """A negative code, one beyond 32 bits, and more than a thousand at once are refused."""
    one, many = (
        "query($c: Int!) { pttCode(code: $c) { code } }",
        "query($c: [Int!]) { pttCodes(codes: $c) { code } }",
    )
    assert await api.code(None, one, c=-1) == "BAD_USER_INPUT"
    assert await api.code(None, one, c=2**31) == "BAD_USER_INPUT"
    assert await api.code(None, many, c=[1] * 1_001) == "BAD_USER_INPUT"
    assert await api.code(None, many, c=[1, -1]) == "BAD_USER_INPUT"
    assert (await api.data(None, one, c=2**31 - 1))["pttCode"] == {"code": 2**31 - 1}


async def test_delivery_statuses_are_a_public_table(api: Api) -> None:
    """Anyone reads the six statuses with their numbers, their words, and whether they are final."""
    query = "{ deliveryStatuses { status number description final } }"
    found = (await api.data(None, query))["deliveryStatuses"]
    assert [(node["status"], node["number"], node["final"]) for node in found] == [
        ("CREATED", 0, False), ("SUCCESS", 1, True), ("FAILED", 2, True),
        ("PENDING", 4, False), ("BUFFERED", 8, False), ("NOT_BILLED", 16, True),
    ]  # fmt: skip
    assert all(node["description"] for node in found)


async def test_rates_are_a_public_table(api: Api, world: World) -> None:
    """Anyone reads what a part costs: in all countries by their alphabet, or in those asked for, in any case."""
    query = "query($c: [CountryCode!]) { rates(countries: $c) { country credits } }"
    everything = [("FR", "1"), ("GB", "0.5"), ("US", "2.35")]
    for countries, expected in (
        (None, everything),
        (["us", "FR", "XX", "FR"], [everything[0], everything[2]]),
        ([], []),
    ):
        found = (await api.data(None, query, c=countries))["rates"]
        assert [(rate["country"], rate["credits"]) for rate in found] == expected
    assert await api.code(world.holder, query, c=["FRA"]) == "BAD_USER_INPUT"


async def test_an_estimate_says_what_sending_would_cost(api: Api, world: World) -> None:
    """Coding, length, parts and price of a text are those that sending it would have, and nothing is debited."""
    await world.account()
    found = await _estimate(api, world, text="€" * 81, receivers=["+33612345678", "0044 7700 900004"])
    assert {name: found[name] for name in ("coding", "length", "parts", "forcedUnicode", "credits")} == {
        "coding": "GSM_7BIT", "length": 162, "parts": 2, "forcedUnicode": [], "credits": "3",
    }  # fmt: skip
    assert [(receiver["number"], receiver["country"], receiver["credits"], receiver["message"]) for receiver in found["receivers"]] == [
        ("+33612345678", "FR", "2", None), ("+447700900004", "GB", "1", None),
    ]  # fmt: skip
    found = await _estimate(api, world, text="日本 €日")
    assert (found["coding"], found["length"], found["forcedUnicode"]) == ("UNICODE", 5, ["日", "本"])
    data = await api.data(
        world.holder, '{ account(name: "sms-demo-1") { creditsLeft messages { nodes { id } } } }'
    )
    assert data["account"] == {"creditsLeft": "200", "messages": {"nodes": []}}


async def test_an_estimate_shows_the_stop_clause(api: Api, world: World) -> None:
    """The clause counts in the text unless the message is no advertising."""
    await world.account()
    await api.mutate(world.holder, "updateAccount", account="sms-demo-1", stopClause="STOP 36000")
    assert (await _estimate(api, world))["body"] == "Hello\nSTOP 36000"
    assert (await _estimate(api, world, noStop=True))["body"] == "Hello"


async def test_an_estimate_judges_each_receiver(api: Api, world: World) -> None:
    """Receivers that would be refused say why, one by one, and the rest say what they cost."""
    account = await world.account()
    await add_to_blacklist(world.services, world.holder, account=account.name, number="+33612345679")
    receivers = ["+33612345678", "0033612345678", "+33612345679", "nobody", "+4915112345678"]
    found = await _estimate(api, world, receivers=receivers)
    assert [
        (receiver["receiver"], receiver["accepted"], receiver["credits"], receiver["code"])
        for receiver in found["receivers"]
    ] == [
        ("+33612345678", True, "1", None),
        ("0033612345678", False, "0", "DUPLICATE_RECEIVER"),
        ("+33612345679", False, "0", "RECEIVER_BLACKLISTED"),
        ("nobody", False, "0", "INVALID_PHONE_NUMBER"),
        ("+4915112345678", False, "0", "NO_RATE"),
    ]
    assert [receiver["reason"] is None for receiver in found["receivers"]] == [
        True,
        False,
        False,
        False,
        False,
    ]
    assert found["credits"] == "1"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"account": "sms-none-1"}, "UNKNOWN_ACCOUNT"),
        ({"sender": "Nobody"}, "UNKNOWN_SENDER"),
        ({"sender": "Waiting"}, "SENDER_NOT_ENABLED"),
        ({"receivers": []}, "NO_RECEIVERS"),
        ({"receivers": ["+33612345678"] * 1_001}, "TOO_MANY_RECEIVERS"),
        ({"text": ""}, "EMPTY_MESSAGE"),
        ({"text": "x" * (6 * 153 + 1)}, "MESSAGE_TOO_LONG"),
        ({"text": "日", "coding": "GSM_7BIT"}, "CODING_MISMATCH"),
        ({"tag": "x" * 21}, "INVALID_TAG"),
    ],
    ids=lambda value: repr(value)[:50],
)
async def test_an_estimate_refuses_what_sending_would(api: Api, world: World, more: Json, code: str) -> None:
    """What could not be sent at all can't be estimated either, for the same reason."""
    account = await world.account()
    await world.sender(account, "Waiting")
    await set_sender_status(
        world.services, world.operator, account=account.name, name="Waiting", status=SenderStatus.WAITING
    )
    assert await api.code(world.holder, ESTIMATE, input={**DRAFT, **more}) == code
    if code != "UNKNOWN_ACCOUNT":
        assert (await api.refusal(world.holder, "sendMessage", **{**DRAFT, **more, "idempotencyKey": "k"}))[
            0
        ] == code
