"""Mutations of accounts, senders, the blacklist, holders and tokens, with what follows from each."""

from dataclasses import replace

import pytest

from server.graphql.schema.ids import node_id
from tests.factories.accounts.accounts import HOLDER_PASSWORD, World
from tests.factories.credits.verification import check_all_books
from tests.factories.graphql.api import Api, Json
from tests.factories.messages.messages import send

pytestmark = pytest.mark.one_database

HERE: Json = {"account": "sms-demo-1"}
DETAILS = "account { name description timeZone stopClause keepsAdvertisingHours callbackUrl stopCallbackUrl alertSender status creditsLeft }"
EMPTY: Json = {
    "name": "sms-new-1", "description": None, "timeZone": "UTC", "stopClause": "", "callbackUrl": None, "keepsAdvertisingHours": False,
    "stopCallbackUrl": None, "alertSender": None, "status": "ENABLED", "creditsLeft": "0",
}  # fmt: skip
SAID: Json = {
    "description": "Ours 😀", "timeZone": "Europe/Paris", "stopClause": "STOP 36000", "keepsAdvertisingHours": True,
    "callbackUrl": "https://example.org/dlr", "stopCallbackUrl": "http://example.org/stop",
}  # fmt: skip
NEW: Json = {"name": "sms-new-1", "holderEmail": "holder@example.com"}
MESSAGE: Json = {**HERE, "sender": "Brand", "receivers": ["+33612345678"], "text": "Hello"}


async def test_a_new_account_is_its_holders(api: Api, world: World) -> None:
    """An account with nothing said of it has the defaults, no credits, and is seen by its holder at once."""
    answer = await api.mutate(world.operator, "createAccount", DETAILS, **NEW)
    assert answer["account"] == EMPTY
    query = f'{{ account(name: "sms-new-1") {DETAILS.removeprefix("account ")} }}'
    assert (await api.data(world.holder, query))["account"] == EMPTY
    assert (await api.data(world.neighbour, query))["account"] is None


async def test_what_is_said_of_an_account_can_be_changed_and_taken_back(api: Api, world: World) -> None:
    """What is given is set, what is left out stays, and null takes it back."""
    answer = await api.mutate(
        world.operator, "createAccount", DETAILS, **{**NEW, "holderEmail": "HOLDER@example.com"}, **SAID
    )
    assert answer["account"] == {**EMPTY, **SAID}
    there: Json = {"account": "sms-new-1"}
    answer = await api.mutate(world.holder, "updateAccount", DETAILS, **there)
    assert answer["account"] == {**EMPTY, **SAID}
    answer = await api.mutate(
        world.holder, "updateAccount", DETAILS, **there, description="Mine", status=None
    )
    assert answer["account"] == {**EMPTY, **SAID, "description": "Mine"}
    answer = await api.mutate(world.holder, "updateAccount", DETAILS, **there, **dict.fromkeys(SAID))
    assert answer["account"] == EMPTY


async def test_a_disabled_account_refunds_what_is_pending(api: Api, world: World) -> None:
    """Disabling an account cancels and refunds what no worker has claimed; a holder may not do it."""
    account = await world.account()
    await send(world.services, world.holder, account)
    refused = "mutation($input: UpdateAccountInput!) { updateAccount(input: $input) { account { status } } }"
    assert await api.code(world.holder, refused, input={**HERE, "status": "DISABLED"}) == "FORBIDDEN"
    answer = await api.mutate(
        world.operator, "updateAccount", "account { status creditsLeft }", **HERE, status="DISABLED"
    )
    assert answer["account"] == {"status": "DISABLED", "creditsLeft": "200"}
    await check_all_books()


@pytest.mark.parametrize(
    ("name", "more", "code", "field"),
    [
        ("createAccount", {"name": ""}, "INVALID_ACCOUNT_NAME", ["name"]),
        ("createAccount", {"name": "demo"}, "INVALID_ACCOUNT_NAME", ["name"]),
        ("createAccount", {"name": "sms-"}, "INVALID_ACCOUNT_NAME", ["name"]),
        ("createAccount", {"name": "SMS-new-1"}, "INVALID_ACCOUNT_NAME", ["name"]),
        ("createAccount", {"name": "sms-" + "x" * 37}, "INVALID_ACCOUNT_NAME", ["name"]),
        ("createAccount", {"name": "sms-demo-1"}, "ACCOUNT_NAME_TAKEN", ["name"]),
        ("createAccount", {"holderEmail": "nobody"}, "INVALID_EMAIL", ["holderEmail"]),
        ("createAccount", {"holderEmail": "nobody@example.com"}, "UNKNOWN_HOLDER", ["holderEmail"]),
        ("createAccount", {"description": "x" * 201}, "INVALID_INPUT", ["description"]),
        ("updateAccount", {"account": "sms-none-1"}, "UNKNOWN_ACCOUNT", ["account"]),
        ("updateAccount", {"account": "sms-other-1"}, "UNKNOWN_ACCOUNT", ["account"]),
        ("updateAccount", {"description": "x" * 201}, "INVALID_INPUT", ["description"]),
        ("updateAccount", {"stopClause": "x" * 161}, "INVALID_INPUT", ["stopClause"]),
        ("updateAccount", {"stopWords": ["7"]}, "INVALID_INPUT", ["stopWords"]),
        ("updateAccount", {"timeZone": "Mars/Olympus"}, "INVALID_TIME_ZONE", ["timeZone"]),
        ("updateAccount", {"timeZone": ""}, "INVALID_TIME_ZONE", ["timeZone"]),
        ("updateAccount", {"timeZone": "../etc/passwd"}, "INVALID_TIME_ZONE", ["timeZone"]),
        ("updateAccount", {"callbackUrl": "ftp://example.org"}, "INVALID_URL", ["callbackUrl"]),
        ("updateAccount", {"stopCallbackUrl": "example.org"}, "INVALID_URL", ["stopCallbackUrl"]),
        ("updateAccount", {"alertSender": "Nobody"}, "UNKNOWN_SENDER", ["alertSender"]),
        ("updateAccount", {"alertSender": "Waiting"}, "SENDER_NOT_ENABLED", ["alertSender"]),
        ("createSender", {"name": ""}, "INVALID_SENDER", ["name"]),
        ("createSender", {"name": "x" * 12}, "INVALID_SENDER", ["name"]),
        ("createSender", {"name": "Café"}, "INVALID_SENDER", ["name"]),
        ("createSender", {"name": "12"}, "INVALID_SENDER", ["name"]),
        ("createSender", {"name": "Brand", "kind": "NUMERIC"}, "INVALID_SENDER", ["name"]),
        ("createSender", {"name": "CHAPPE"}, "SENDER_TAKEN", ["name"]),
        ("createSender", {"comment": "x" * 201}, "INVALID_INPUT", ["comment"]),
        ("createSender", {"account": "sms-other-1"}, "UNKNOWN_ACCOUNT", ["account"]),
        ("setSenderStatus", {"name": "Nobody"}, "UNKNOWN_SENDER", ["name"]),
        ("setSenderStatus", {"account": "sms-none-1"}, "UNKNOWN_ACCOUNT", ["account"]),
        ("deleteSender", {"name": "Nobody"}, "UNKNOWN_SENDER", ["name"]),
        ("deleteSender", {"account": "sms-other-1"}, "UNKNOWN_ACCOUNT", ["account"]),
        ("addToBlacklist", {"number": "0612345678"}, "INVALID_PHONE_NUMBER", ["number"]),
        ("addToBlacklist", {"account": "sms-other-1"}, "UNKNOWN_ACCOUNT", ["account"]),
        ("removeFromBlacklist", {"number": "+33612345678"}, "UNKNOWN_NUMBER", ["number"]),
        ("removeFromBlacklist", {"account": "sms-other-1"}, "UNKNOWN_ACCOUNT", ["account"]),
        ("createHolder", {"email": "nobody"}, "INVALID_EMAIL", ["email"]),
        ("createHolder", {"email": "HOLDER@example.com"}, "EMAIL_TAKEN", ["email"]),
        ("createHolder", {"name": " "}, "INVALID_INPUT", ["name"]),
        ("createHolder", {"name": "x" * 101}, "INVALID_INPUT", ["name"]),
        ("createHolder", {"password": "x" * 11}, "INVALID_PASSWORD", ["password"]),
        ("createHolder", {"password": "x" * 1_025}, "INVALID_PASSWORD", ["password"]),
        ("createAccessToken", {"label": ""}, "INVALID_INPUT", ["label"]),
        ("createAccessToken", {"label": "x" * 101}, "INVALID_INPUT", ["label"]),
        ("createAccessToken", {"scopes": []}, "INVALID_INPUT", ["scopes"]),
        ("createAccessToken", {"lifetimeSeconds": 0}, "INVALID_INPUT", ["lifetimeSeconds"]),
        ("createAccessToken", {"lifetimeSeconds": -1}, "INVALID_INPUT", ["lifetimeSeconds"]),
        ("createAccessToken", {"lifetimeSeconds": 2**31 - 1}, "INVALID_INPUT", ["lifetimeSeconds"]),
        (
            "createAccessToken",
            {"accounts": ["sms-demo-1", "sms-other-1"]},
            "UNKNOWN_ACCOUNT",
            ["accounts", "1"],
        ),
        ("createAccessToken", {"accounts": ["sms-demo-1"] * 101}, "INVALID_INPUT", ["accounts"]),
        (
            "createAccessToken",
            {"user": {"account": "sms-other-1", "login": "script"}},
            "UNKNOWN_ACCOUNT",
            ["user", "account"],
        ),
        ("createAccessToken", {"user": {**HERE, "login": "nobody"}}, "UNKNOWN_USER", ["user", "login"]),
        (
            "createAccessToken",
            {"user": {**HERE, "login": "script"}, "scopes": ["READ", "MANAGE"]},
            "INVALID_INPUT",
            ["scopes"],
        ),
        ("revokeAccessToken", {"id": node_id("AccessToken", 2**62)}, "UNKNOWN_TOKEN", ["id"]),
        ("revokeAccessToken", {"id": node_id("User", 1)}, "INVALID_INPUT", ["id"]),
        ("revokeAccessToken", {"id": "x"}, "INVALID_INPUT", ["id"]),
    ],
    ids=lambda value: repr(value)[:60],
)
async def test_what_can_not_be_is_refused_where_it_stands(
    api: Api, world: World, name: str, more: Json, code: str, field: list[str]
) -> None:
    """Each wrong value of an input is refused with its code and the path of its field, and nothing changes."""
    account = await world.account()
    await world.user(account)
    await world.account("sms-other-1", of=world.neighbour)
    await api.mutate(world.holder, "createSender", **HERE, name="Waiting")
    inputs: dict[str, Json] = {
        "createAccount": NEW,
        "updateAccount": HERE,
        "createSender": {**HERE, "name": "Brand"},
        "setSenderStatus": {**HERE, "name": "Chappe", "status": "DISABLED"},
        "deleteSender": {**HERE, "name": "Chappe"},
        "addToBlacklist": {**HERE, "number": "+33612345678"},
        "removeFromBlacklist": {**HERE, "number": "+33612345678"},
        "createHolder": {"email": "new@example.com", "name": "New", "password": HOLDER_PASSWORD},
        "createAccessToken": {"label": "mine", "scopes": ["READ"]},
        "revokeAccessToken": {},
    }
    of_operators = {"createAccount", "setSenderStatus", "createHolder"}
    caller = world.operator if name in of_operators else replace(world.holder, in_session=True)
    assert await api.refusal(caller, name, **{**inputs[name], **more}) == (code, field)


async def test_a_sender_can_be_used_once_it_is_approved(api: Api, world: World) -> None:
    """A declared sender waits, is approved, is used, and is gone after its deletion; what was sent keeps its name."""
    await world.account()
    fields = "sender { id name kind status comment }"
    answer = await api.mutate(world.holder, "createSender", fields, **HERE, name="Brand", comment="Our brand")
    declared = answer["sender"].pop("id")
    assert answer["sender"] == {
        "name": "Brand", "kind": "ALPHANUMERIC", "status": "WAITING", "comment": "Our brand",
    }  # fmt: skip
    refusal = await api.refusal(world.holder, "sendMessage", **MESSAGE, idempotencyKey="1")
    assert refusal == ("SENDER_NOT_ENABLED", ["sender"])
    for status in ("REFUSED", "DISABLED", "ENABLED"):
        answer = await api.mutate(
            world.operator, "setSenderStatus", fields, **HERE, name="BRAND", status=status
        )
        assert answer["sender"]["status"] == status
    await api.mutate(world.holder, "sendMessage", **MESSAGE, idempotencyKey="1")
    answer = await api.mutate(
        world.holder, "deleteSender", "account { senders { nodes { name } } messages { nodes { sender } } } deletedSenderId",
        **HERE, name="brand",
    )  # fmt: skip
    assert answer["deletedSenderId"] == declared
    assert answer["account"] == {
        "senders": {"nodes": [{"name": "Chappe"}]}, "messages": {"nodes": [{"sender": "Brand"}]},
    }  # fmt: skip
    refusal = await api.refusal(world.holder, "sendMessage", **MESSAGE, idempotencyKey="2")
    assert refusal == ("UNKNOWN_SENDER", ["sender"])


@pytest.mark.parametrize(
    ("name", "kind", "stored", "kind_stored"),
    [
        ("Brand & Co", None, "Brand & Co", "ALPHANUMERIC"),
        ("36000", None, "36000", "SHORT_CODE"),
        ("0033 6 12 34 56 78", None, "+33612345678", "NUMERIC"),
        ("+33612345678", "VIRTUAL", "+33612345678", "VIRTUAL"),
    ],
)
async def test_a_sender_has_a_kind(
    api: Api, world: World, name: str, kind: str | None, stored: str, kind_stored: str
) -> None:
    """The form of a name tells what it is; a number is stored in international form, and a virtual one is named as such."""
    await world.account()
    answer = await api.mutate(
        world.holder, "createSender", "sender { name kind }", **HERE, name=name, kind=kind
    )
    assert answer["sender"] == {"name": stored, "kind": kind_stored}


async def test_a_blacklisted_number_is_not_sent_to(api: Api, world: World) -> None:
    """A number on the blacklist is refused however it is written, adding it twice keeps one entry, and removal ends it."""
    await world.account()
    entries = [
        await api.mutate(world.holder, "addToBlacklist", "entry { id number since }", **HERE, number=number)
        for number in ("0033 612345678", "+33612345678")
    ]
    assert entries[0] == entries[1]
    assert entries[0]["entry"]["number"] == "+33612345678"
    message = {**MESSAGE, "sender": "Chappe"}
    verdicts = "receivers { code }"
    answer = await api.mutate(world.holder, "sendMessage", verdicts, **message, idempotencyKey="1")
    assert answer["receivers"] == [{"code": "RECEIVER_BLACKLISTED"}]
    answer = await api.mutate(
        world.holder,
        "removeFromBlacklist",
        "account { blacklist { nodes { number } } } deletedEntryId",
        **HERE,
        number="+33612345678",
    )
    assert answer["deletedEntryId"] == entries[0]["entry"]["id"]
    assert answer["account"]["blacklist"]["nodes"] == []
    answer = await api.mutate(world.holder, "sendMessage", verdicts, **message, idempotencyKey="2")
    assert answer["receivers"] == [{"code": None}]


async def test_the_words_that_ask_to_stop_are_the_accounts(api: Api, world: World) -> None:
    """All languages by default; chosen ones and own words; null restores the default."""
    await world.account()
    words = "account { stopLanguages stopWords stopWordsInForce }"
    every = (await api.data(None, "{ stopLanguages { language description words } }"))["stopLanguages"]
    english = next(language for language in every if language["language"] == "EN")
    assert {"UNSUBSCRIBE", "STOP ALL", "END"} <= set(english["words"])
    chosen = await api.mutate(
        world.holder, "updateAccount", words, account="sms-demo-1", stopLanguages=["FR", "FR"],
        stopWords=["Genug", " genug! "],
    )  # fmt: skip
    assert (chosen["account"]["stopLanguages"], chosen["account"]["stopWords"]) == (["FR"], ["Genug"])
    in_force = chosen["account"]["stopWordsInForce"]
    assert (in_force[0], in_force[-1], "ARRET" in in_force, "UNSUBSCRIBE" in in_force) == (
        "STOP",
        "Genug",
        True,
        False,
    )
    bare = await api.mutate(
        world.holder, "updateAccount", words, account="sms-demo-1", stopLanguages=[], stopWords=None
    )
    assert bare["account"] == {"stopLanguages": [], "stopWords": [], "stopWordsInForce": ["STOP"]}
    usual = await api.mutate(world.holder, "updateAccount", words, account="sms-demo-1", stopLanguages=None)
    assert usual["account"]["stopLanguages"] == [language["language"] for language in every]
    assert len(usual["account"]["stopWordsInForce"]) > 40
