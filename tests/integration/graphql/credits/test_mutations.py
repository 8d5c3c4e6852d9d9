"""Mutations of credits and rates, with what follows from each."""

import pytest

from tests.factories.accounts.accounts import World
from tests.factories.credits.verification import check_all_books
from tests.factories.graphql.api import Api, Json, mutation_text

pytestmark = pytest.mark.one_database

ENTRY = "{ kind accountDelta accountBalance reason causedBy sequence reference }"
POSTED = f"account {{ creditsLeft }} entry {ENTRY}"
GRANT: Json = {"account": "sms-demo-1", "credits": "50.25", "idempotencyKey": "order 1"}
TRANSFER: Json = {
    "source": "sms-demo-1",
    "target": "sms-demo-2",
    "credits": "150",
    "idempotencyKey": "move 1",
}
LEDGER = '{ account(name: "sms-demo-1") { creditsLeft creditEntries { nodes { kind accountDelta } } } }'


async def _left(api: Api, world: World) -> list[str]:
    data = await api.data(world.operator, "{ accounts { nodes { creditsLeft } } }")
    return [node["creditsLeft"] for node in data["accounts"]["nodes"]]


async def test_a_grant_can_be_spent(api: Api, world: World) -> None:
    """Granted credits are on the account at once, with an entry that names order and operator."""
    await world.account(credits=0)
    answer = await api.mutate(world.operator, "grantCredits", POSTED, **GRANT, reason="order 1")
    entry = answer["entry"]
    assert answer["account"] == {"creditsLeft": "50.25"}
    assert (entry["kind"], entry["accountDelta"], entry["accountBalance"]) == ("GRANT", "50.25", "50.25")
    assert (entry["reason"], entry["causedBy"], entry["sequence"]) == ("order 1", "operator@example.com", "1")
    message = {"account": "sms-demo-1", "sender": "Chappe", "receivers": ["+33612345678"], "text": "Hello"}
    sent = await api.mutate(world.holder, "sendMessage", "creditsLeft", **message, idempotencyKey="1")
    assert sent == {"creditsLeft": "49.25"}
    await check_all_books()


async def test_a_grant_repeated_with_its_key_is_made_once(api: Api, world: World) -> None:
    """The same key and input give the same entry and move nothing; another input is refused."""
    await world.account(credits=0)
    answers = [await api.mutate(world.operator, "grantCredits", POSTED, **GRANT) for _ in range(3)]
    assert answers == [answers[0]] * 3
    for more in ({"credits": "50.251"}, {"reason": "another"}):
        refusal = await api.refusal(world.operator, "grantCredits", **{**GRANT, **more})
        assert refusal == ("IDEMPOTENCY_KEY_REUSED", ["idempotencyKey"])
    assert await _left(api, world) == ["50.25"]
    await api.mutate(world.operator, "grantCredits", **{**GRANT, "idempotencyKey": "order 2"})
    assert await _left(api, world) == ["100.5"]
    await check_all_books()


async def test_a_correction_takes_credits_off(api: Api, world: World) -> None:
    """A correction leaves an entry with its reason, down to nothing and no further."""
    await world.account(credits=10_000)
    input = {"account": "sms-demo-1", "credits": "10", "reason": "granted twice"}
    answer = await api.mutate(world.operator, "correctCredits", POSTED, **input)
    entry = answer["entry"]
    assert answer["account"] == {"creditsLeft": "0"}
    assert (entry["kind"], entry["accountDelta"], entry["reason"]) == ("CORRECTION", "-10", "granted twice")
    refusal = await api.refusal(world.operator, "correctCredits", **{**input, "credits": "0.001"})
    assert refusal[0] == "INSUFFICIENT_CREDITS"
    await check_all_books()


async def test_a_transfer_shows_both_sides(api: Api, world: World) -> None:
    """What one account gives the other takes, each with an entry that names the other; repeated, nothing moves."""
    await world.account()
    await world.account("sms-demo-2", credits=0)
    selection = (
        f"source {{ name creditsLeft }} target {{ name creditsLeft }} sourceEntry {ENTRY} targetEntry {ENTRY}"
    )
    answer = await api.mutate(world.holder, "transferCredits", selection, **TRANSFER)
    assert answer["source"] == {"name": "sms-demo-1", "creditsLeft": "50"}
    assert answer["target"] == {"name": "sms-demo-2", "creditsLeft": "150"}
    out, into = answer["sourceEntry"], answer["targetEntry"]
    assert (out["kind"], out["accountDelta"], out["reason"]) == ("TRANSFER_OUT", "-150", "to sms-demo-2")
    assert (into["kind"], into["accountDelta"], into["reason"]) == ("TRANSFER_IN", "150", "from sms-demo-1")
    assert await api.mutate(world.holder, "transferCredits", selection, **TRANSFER) == answer
    refusal = await api.refusal(world.holder, "transferCredits", **{**TRANSFER, "credits": "1"})
    assert refusal == ("IDEMPOTENCY_KEY_REUSED", ["idempotencyKey"])
    assert await _left(api, world) == ["50", "150"]
    await check_all_books()


async def test_a_rate_counts_from_now_on(api: Api, world: World) -> None:
    """A new or changed rate is what the next message to that country costs."""
    await world.account()
    for credits in ("1.25", "0.001"):
        answer = await api.mutate(
            world.operator, "setRate", "rate { country credits }", country="de", credits=credits
        )
        assert answer["rate"] == {"country": "DE", "credits": credits}
        draft = {
            "account": "sms-demo-1",
            "sender": "Chappe",
            "receivers": ["+4915112345678"],
            "text": "Hello",
        }
        query = "query($input: EstimateMessageInput!) { estimateMessage(input: $input) { credits } }"
        assert (await api.data(world.holder, query, input=draft))["estimateMessage"] == {"credits": credits}


@pytest.mark.parametrize(
    ("name", "more", "code", "field"),
    [
        ("grantCredits", {"credits": "0"}, "INVALID_AMOUNT", ["credits"]),
        ("grantCredits", {"credits": "-1"}, "INVALID_AMOUNT", ["credits"]),
        ("grantCredits", {"account": "sms-none-1"}, "UNKNOWN_ACCOUNT", ["account"]),
        ("grantCredits", {"reason": "x" * 201}, "INVALID_INPUT", ["reason"]),
        ("grantCredits", {"idempotencyKey": ""}, "INVALID_IDEMPOTENCY_KEY", ["idempotencyKey"]),
        ("grantCredits", {"idempotencyKey": "x" * 65}, "INVALID_IDEMPOTENCY_KEY", ["idempotencyKey"]),
        ("grantCredits", {"idempotencyKey": "clé"}, "INVALID_IDEMPOTENCY_KEY", ["idempotencyKey"]),
        ("correctCredits", {"credits": "0"}, "INVALID_AMOUNT", ["credits"]),
        ("correctCredits", {"credits": "-1"}, "INVALID_AMOUNT", ["credits"]),
        ("correctCredits", {"credits": "200.001"}, "INSUFFICIENT_CREDITS", ["credits"]),
        ("correctCredits", {"reason": ""}, "INVALID_INPUT", ["reason"]),
        ("correctCredits", {"reason": "  "}, "INVALID_INPUT", ["reason"]),
        ("correctCredits", {"reason": "x" * 201}, "INVALID_INPUT", ["reason"]),
        ("correctCredits", {"account": "sms-none-1"}, "UNKNOWN_ACCOUNT", ["account"]),
        ("transferCredits", {"credits": "0"}, "INVALID_AMOUNT", ["credits"]),
        ("transferCredits", {"credits": "-1"}, "INVALID_AMOUNT", ["credits"]),
        ("transferCredits", {"credits": "200.001"}, "INSUFFICIENT_CREDITS", ["credits"]),
        ("transferCredits", {"source": "sms-none-1"}, "UNKNOWN_ACCOUNT", ["source"]),
        ("transferCredits", {"target": "sms-none-1"}, "UNKNOWN_ACCOUNT", ["target"]),
        ("transferCredits", {"target": "sms-other-1"}, "UNKNOWN_ACCOUNT", ["target"]),
        ("transferCredits", {"source": "sms-other-1"}, "UNKNOWN_ACCOUNT", ["source"]),
        ("transferCredits", {"target": "sms-demo-1"}, "SAME_ACCOUNT", ["target"]),
        ("transferCredits", {"idempotencyKey": "x" * 65}, "INVALID_IDEMPOTENCY_KEY", ["idempotencyKey"]),
        ("setRate", {"credits": "0"}, "INVALID_AMOUNT", ["credits"]),
        ("setRate", {"credits": "-0.5"}, "INVALID_AMOUNT", ["credits"]),
    ],
    ids=lambda value: repr(value)[:60],
)
async def test_credits_that_can_not_move_do_not(
    api: Api, world: World, name: str, more: Json, code: str, field: list[str]
) -> None:
    """Amounts that are none, more than there is, wrong accounts, reasons and keys are refused, and nothing changes."""
    await world.account()
    await world.account("sms-demo-2")
    await world.account("sms-other-1", of=world.neighbour)
    inputs: dict[str, Json] = {
        "grantCredits": GRANT,
        "correctCredits": {"account": "sms-demo-1", "credits": "1", "reason": "granted twice"},
        "transferCredits": TRANSFER,
        "setRate": {"country": "DE", "credits": "1"},
    }
    caller = world.holder if name == "transferCredits" else world.operator
    assert await api.refusal(caller, name, **{**inputs[name], **more}) == (code, field)


@pytest.mark.parametrize(
    "literal",
    [
        "1",
        "1.5",
        "true",
        "null",
        "[]",
        "{}",
        "ONE",
        '"1e3"',
        '"1.0005"',
        '"1,5"',
        '" 1"',
        '""',
        '"99999999999999"',
    ],
)
async def test_credits_are_strings_in_the_document(api: Api, world: World, literal: str) -> None:
    """An amount that is a number, finer than thousandths, or beyond all bounds is refused, naming the field."""
    await world.account()
    text = (
        f'mutation {{ grantCredits(input: {{account: "sms-demo-1", credits: {literal}, idempotencyKey: "k"}}) '
        "{ account { id } userErrors { code field } } }"
    )
    if literal == "null":
        assert await api.code(world.operator, text) == "GRAPHQL_VALIDATION_FAILED"
    else:
        refused = {"account": None, "userErrors": [{"code": "INVALID_AMOUNT", "field": ["credits"]}]}
        assert await api.data(world.operator, text) == {"grantCredits": refused}
    assert await _left(api, world) == ["200"]


@pytest.mark.parametrize(
    "value", [1, 1.5, True, None, [], {}, "1e3", "1.0005", "1,5", " 1", "", "9" * 14], ids=repr
)
async def test_credits_are_strings_in_variables(api: Api, world: World, value: object) -> None:
    """The same holds for variables: no JSON number is ever taken for an amount."""
    await world.account()
    input = {**GRANT, "credits": value}
    if value is None:
        assert await api.code(world.operator, mutation_text("grantCredits"), input=input) == "BAD_USER_INPUT"
    else:
        assert await api.refusal(world.operator, "grantCredits", **input) == ("INVALID_AMOUNT", ["credits"])
    assert await _left(api, world) == ["200"]


async def test_thousandths_are_never_lost(api: Api, world: World) -> None:
    """The largest amount with the finest fraction, and a thousandth alone, are kept exactly."""
    await world.account(credits=0)
    for key, credits, left in (
        ("1", "999999999999.999", "999999999999.999"),
        ("2", "0.001", "1000000000000"),
        ("3", "0.1", "1000000000000.1"),
        ("4", "0.2", "1000000000000.3"),
    ):
        input = {**GRANT, "credits": credits, "idempotencyKey": key}
        answer = await api.mutate(world.operator, "grantCredits", POSTED, **input)
        assert answer["account"]["creditsLeft"] == left
    await check_all_books()
