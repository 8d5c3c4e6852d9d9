"""Links over HTTP in the API: set up in one mutation, shown without secrets, next to those over SMPP."""

from typing import Any

from tests.factories.accounts.accounts import World
from tests.factories.graphql.api import Api
from tests.factories.links.links import LINK_PASSWORD, set_up_link

HTTP = """http {
    preset user account hasSecondKey url method headers { name value } bodyFormat body basicAuth idPath errorPath
    receipts { idPath statusPath errorPath } messages { idPath senderPath receiverPath textPath }
    receiptsUrl messagesUrl
}"""
OWN: dict[str, Any] = {
    "user": "me",
    "account": "ab-1",
    "url": "https://api.example.com/{account}/send",
    "method": "PUT",
    "headers": [{"name": "X-Api-Key", "value": "{password}"}],
    "bodyFormat": "FORM",
    "body": "to={receiver}&text={text}&key={second_key}",
    "basicAuth": True,
    "idPath": "id",
    "errorPath": "code",
    "receipts": {"idPath": "id", "statusPath": "status", "errorPath": ""},
    "messages": {"idPath": "", "senderPath": "from", "receiverPath": "to", "textPath": "text"},
}


async def test_a_template_of_ones_own_is_shown_as_it_was_set_up(api: Api, world: World) -> None:
    """But for its secrets; our URLs are different ones."""
    made = await api.mutate(
        world.operator, "createLink", f"link {{ kind settings {{ host port tls window {HTTP} }} }}", name="web",
        password=LINK_PASSWORD, window=3, http={**OWN, "secondKey": "s3cond"},
    )  # fmt: skip
    assert LINK_PASSWORD not in str(made)
    assert "s3cond" not in str(made)
    settings = made["link"]["settings"]
    http = settings.pop("http")
    assert (made["link"]["kind"], settings) == (
        "HTTP",
        {"host": "api.example.com", "port": 443, "tls": True, "window": 3},
    )
    receipts, messages = http.pop("receiptsUrl"), http.pop("messagesUrl")
    assert receipts.replace("/receipts?", "/messages?") == messages
    assert http == {**OWN, "preset": None, "hasSecondKey": True}


async def test_a_preset_is_not_repeated(api: Api, world: World) -> None:
    """What it says is null; what is changed later goes before it."""
    made = await api.mutate(
        world.operator, "createLink", f"link {{ settings {{ {HTTP} }} }}", name="web", password=LINK_PASSWORD,
        http={"preset": "TWILIO", "user": "AC1"},
    )  # fmt: skip
    http = made["link"]["settings"]["http"]
    assert (http["preset"], http["user"], http["hasSecondKey"]) == ("TWILIO", "AC1", False)
    assert {http[name] for name in ("url", "method", "headers", "body", "idPath", "receipts")} == {None}
    body = "To={receiver}&MessagingServiceSid=MG1&Body={text}&StatusCallback={receipts_url}"
    changed = await api.mutate(
        world.operator, "updateLink", f"link {{ settings {{ {HTTP} }} }}", name="web", http={"body": body}
    )
    http = changed["link"]["settings"]["http"]
    assert (http["body"], http["preset"], http["user"]) == (body, "TWILIO", "AC1")


async def test_links_of_both_kinds_are_listed(api: Api, world: World) -> None:
    """One over SMPP has nothing of HTTP."""
    await set_up_link(world, "smsc")
    await set_up_link(world, "web", http={"url": "https://api.example.com/", "body": "{}"})
    found = await api.data(world.operator, "{ links { name kind settings { http { url } } } }")
    assert found["links"] == [
        {"name": "smsc", "kind": "SMPP", "settings": {"http": None}},
        {"name": "web", "kind": "HTTP", "settings": {"http": {"url": "https://api.example.com/"}}},
    ]


async def test_what_is_refused_says_where(api: Api, world: World) -> None:
    """Down to the field of the template."""
    for http, refusal in (
        ({"url": "https://api.example.com/?token=abc", "body": "{}"}, ("INVALID_INPUT", ["http", "url"])),
        ({"url": "http://10.0.0.1/", "body": "{}"}, ("URL_NOT_ALLOWED", ["http", "url"])),
        ({"preset": "OVHCLOUD", "user": "app", "account": "a"}, ("INVALID_INPUT", ["http", "secondKey"])),
        ({"url": "https://api.example.com/", "body": "{phone}"}, ("INVALID_INPUT", ["http", "body"])),
    ):
        given = {"name": "web", "password": LINK_PASSWORD, "http": http}
        assert await api.refusal(world.operator, "createLink", **given) == refusal
