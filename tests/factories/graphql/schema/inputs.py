"""A valid input for each mutation and query, and its texts, for tests that spoil one at a time."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    is_specified_scalar_type,
)

from server.graphql.delivery.types import EVENT_ORDER
from server.graphql.schema.ids import node_id
from server.operations.access.authentication import sign_in_user
from server.operations.access.tokens import create_access_token
from server.operations.accounts.user_settings import set_user_callback
from server.operations.core.principals import Principal, Scope
from server.operations.credits.limits import set_user_limit
from server.operations.credits.quotas import set_user_quota
from server.operations.dispatch.inbound import add_to_blacklist
from server.rules.credits.thresholds import AlertChannel
from server.rules.links.http import BodyFormat, HttpMethod, HttpPreset, MessagePaths, ReceiptPaths
from server.store.models import AccessToken, Account, Contact, User
from tests.factories.accounts.accounts import HOLDER_PASSWORD, USER_PASSWORD, World
from tests.factories.links.links import LINK_PASSWORD, set_up_link
from tests.factories.messages.messages import send

NUMBER, STOPPED = "+33612345678", "+33612345679"
NOT_TEXT = {"Int", "Float", "Boolean"}

Json = dict[str, Any]

HTTP_OPTIONS: dict[str, Any] = {
    "url": "https://api.example.com/{account}/send",
    "method": HttpMethod.PUT,
    "headers": (("Authorization", "App {password}"),),
    "body_format": BodyFormat.JSON,
    "body": '{"to": "{receiver}", "text": "{text}"}',
    "user": "chappe",
    "account": "ab-1",
    "basic_auth": False,
    "id_path": "messages.0.id",
    "error_path": "error.code",
    "preset": HttpPreset.SMSGATE,
    "receipts": ReceiptPaths(id="id", status="status", error="error"),
    "messages": MessagePaths(id="id", sender="from", receiver="to", text="text"),
}
"""All settings that only a link over HTTP has, as operations take them."""

LINK: dict[str, Any] = {
    "host": "smsc.example",
    "systemId": "chappe",
    "enabled": True,
    "port": 2775,
    "tls": False,
    "systemType": "SMPP",
    "addressRange": "336",
    "bindTon": 1,
    "bindNpi": 8,
    "enquireSeconds": 15,
    "responseSeconds": 20,
    "flash": "CLASS_GROUP",
    "serviceType": "CMT",
    "priorityFlag": 1,
    "protocolId": 64,
    "registeredDelivery": 17,
    "validitySeconds": 3_600,
    "mode": "PAIR",
    "binds": 2,
    "window": 20,
    "perSecond": 50,
    "alphabet": "LATIN_1",
    "longMessages": "SAR",
    "idForm": "SAME",
    "addresses": {"alphanumeric": {"ton": 5, "npi": 1}, "shortCode": {"ton": 6, "npi": 0}},
    "pttTable": [
        {"stat": "UNDELIV", "err": "027", "ptt": 23},
        {"stat": "REJECTD", "ptt": 28, "billed": False},
    ],
    "refusalPtts": [{"status": 1025, "ptt": 23, "retry": True}],
    "unknownOutcome": "RESEND",
    "unknownResends": 3,
    "errIsPtt": False,
    "priority": 10,
    "prefixes": ["+336"],
    "countries": ["FR"],
    "senderKinds": ["NUMERIC"],
}
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Call:
    """A call: the caller, the field and the arguments."""

    caller: Principal | None
    name: str
    arguments: Json


async def mutations(world: World) -> list[Call]:
    """Return a call of each mutation with all its fields; each call alone would be accepted."""
    account = await world.account()
    other = await world.account("sms-demo-2")
    await world.sender(account, "Other")
    user = await world.user(account)
    message = node_id("Message", await send(world.services, world.holder, account))
    in_session = replace(world.holder, in_session=True)
    made = await create_access_token(
        world.services, in_session, label="mine", scopes=[Scope.READ], lifetime_seconds=60
    )
    of_user = {"account": account.name, "login": user.login}
    await sign_in_user(world.services, **of_user, password=USER_PASSWORD, address=None)
    session = await AccessToken.get(is_session=True)
    here = {"account": account.name}
    await set_user_quota(world.services, world.holder, **of_user, enabled=True, credits=1_000)
    await add_to_blacklist(world.services, world.holder, **here, number=STOPPED)
    await set_user_callback(
        world.services, world.holder, **of_user, url="https://example.org/a", stop_url=None
    )
    # The last link could not be deleted, because messages wait.
    for name in ("main", "spare"):
        await set_up_link(world, name)
    asked = await _asked(world, account, user)
    key = {"idempotencyKey": "key"}
    urls = {"callbackUrl": "https://example.org/a", "stopCallbackUrl": "https://example.org/b"}
    details: Json = {"description": "Ours", "timeZone": "Europe/Paris", "stopClause": "STOP 36000", **urls}
    details |= {"stopLanguages": ["FR", "EN"], "stopWords": ["Genug"]}
    inputs: list[tuple[Principal | None, str, Json]] = [
        (None, "signIn", {"holder": {"email": "holder@example.com", "password": HOLDER_PASSWORD}}),
        (None, "signIn", {"user": {**of_user, "password": USER_PASSWORD}}),
        (
            in_session,
            "createAccessToken",
            {"label": "ours", "scopes": ["READ"], "accounts": [account.name], "user": of_user},
        ),
        (in_session, "revokeAccessToken", {"id": node_id("AccessToken", made.token.id)}),
        (
            world.operator,
            "createHolder",
            {"email": "new@example.com", "name": "New", "password": HOLDER_PASSWORD},
        ),
        (
            world.operator,
            "createAccount",
            {"name": "sms-new-1", "holderEmail": "holder@example.com", **details},
        ),
        (world.holder, "updateAccount", {**here, "alertSender": "Chappe", **details}),
        (world.holder, "createUser", {**here, "login": "new", "password": USER_PASSWORD}),
        (world.holder, "changeUserPassword", {**of_user, "password": USER_PASSWORD}),
        (world.holder, "setUserEnabled", {**of_user, "enabled": True}),
        (in_session, "keepUser", of_user),
        (in_session, "updateProfile", {"name": "Ada"}),
        (
            in_session,
            "changePassword",
            {
                "currentPassword": HOLDER_PASSWORD,
                "newPassword": "another password",
                "revokeTokens": False,
            },
        ),
        (
            world.operator,
            "resetHolderPassword",
            {"email": "neighbour@example.com", "password": "another password", "revokeTokens": True},
        ),
        (world.operator, "setHolderEnabled", {"email": "neighbour@example.com", "enabled": True}),
        (world.holder, "revokeSession", {"id": node_id("Session", session.id)}),
        (world.operator, "revokeSessions", {"user": of_user, "keepCurrent": True}),
        (world.operator, "revokeSessions", {"holderEmail": "neighbour@example.com", "keepCurrent": False}),
        (world.holder, "setUserQuota", {**of_user, "enabled": True, "credits": "1"}),
        (world.holder, "adjustUserQuota", {**of_user, "delta": "1"}),
        (
            world.holder,
            "setUserLimit",
            {
                **of_user,
                "enabled": True,
                "threshold": "5",
                "channel": "BOTH",
                "email": "a@example.org",
                "phoneNumber": NUMBER,
            },
        ),
        (
            world.holder,
            "setAccountLimit",
            {
                **here,
                "enabled": True,
                "threshold": "5",
                "channel": "BOTH",
                "email": "a@example.org",
                "phoneNumber": NUMBER,
            },
        ),
        (world.holder, "requestConfirmation", {**here, "email": "asked@example.org"}),
        (
            world.holder,
            "confirmPhoneNumber",
            {**here, "phoneNumber": NUMBER, "code": world.services.signing_keys.code(asked.id, 1)},
        ),
        (
            world.holder,
            "setAlertTemplates",
            {**here, "mailSubject": "{login}", "mailBody": "Left: {remaining}", "smsBody": "{{{remaining}}}"},
        ),
        (world.holder, "setUserIpRestrictions", {**of_user, "addresses": ["192.0.2.1", "2001:db8::1"]}),
        (
            world.holder,
            "setUserCallback",
            {**of_user, "url": "https://example.org/a", "stopUrl": "http://example.org/b"},
        ),
        (world.holder, "rotateCallbackKey", of_user),
        (world.holder, "sendTestCallback", {**of_user, "stop": False}),
        (world.holder, "replayCallbacks", {"messageId": message, "deliveredToo": True}),
        (
            world.holder,
            "replayCallbacks",
            {
                **of_user,
                "from": "2026-09-20T12:00:00Z",
                "to": "2026-09-22T12:00:00Z",
                "after": EVENT_ORDER.cursor_at(0, 0),
            },
        ),
        (world.operator, "grantCredits", {**here, "credits": "1", "reason": "order 1", **key}),
        (world.operator, "correctCredits", {**here, "credits": "1", "reason": "granted twice"}),
        (
            world.holder,
            "transferCredits",
            {"source": account.name, "target": other.name, "credits": "1", **key},
        ),
        (world.operator, "setRate", {"country": "DE", "credits": "1.5"}),
        (
            world.holder,
            "sendMessage",
            {
                **here,
                "sender": "Chappe",
                "receivers": [NUMBER],
                "text": "Hello",
                "tag": "tag",
                "deferredUntil": "2026-09-22T12:00:00Z",
                **key,
            },
        ),
        (world.holder, "cancelMessage", {"id": message}),
        (world.holder, "cancelPendingMessages", of_user),
        (world.holder, "createSender", {**here, "name": "Another", "comment": "Our brand"}),
        (world.operator, "setSenderStatus", {**here, "name": "Other", "status": "DISABLED"}),
        (world.holder, "addToBlacklist", {**here, "number": NUMBER}),
        (world.holder, "removeFromBlacklist", {**here, "number": STOPPED}),
        (world.operator, "createLink", {"name": "other", "password": LINK_PASSWORD, **LINK}),
        (world.operator, "createLink", {"name": "third", "passwordVariable": "CHAPPE_LINK_THIRD", **LINK}),
        (world.operator, "updateLink", {"name": "main", "password": LINK_PASSWORD, **LINK}),
        (world.operator, "deleteLink", {"name": "main"}),
        (world.holder, "deleteSender", {**here, "name": "Other"}),
        (world.holder, "deleteUser", of_user),
    ]
    return [Call(caller, name, {"input": input}) for caller, name, input in inputs]


async def _asked(world: World, account: Account, user: User) -> Contact:
    """Let a user's limit name an address and a number, which asks them; return the number's contact."""
    await set_user_limit(
        world.services, world.holder, account=account.name, login=user.login, enabled=True, threshold=1_000,
        channel=AlertChannel.BOTH, email="asked@example.org", phone_number=NUMBER,
    )  # fmt: skip
    return await Contact.get(address=NUMBER)


async def queries(world: World) -> list[Call]:
    """Return a call of each query that takes a text, with all its arguments."""
    account = await world.account()
    user = await world.user(account)
    message = node_id("Message", await send(world.services, world.as_user(user), account))
    here = {"account": account.name}
    of_user = {**here, "login": user.login}
    draft = {**here, "sender": "Chappe", "receivers": [NUMBER], "text": "Hello", "tag": "tag"}
    narrow = {"login": user.login, "receiver": NUMBER, "tag": "tag", "createdAfter": "2026-01-01T00:00:00Z"}
    calls: list[tuple[str, Json]] = [
        ("node", {"id": message}),
        ("nodes", {"ids": [message]}),
        ("message", {"id": message}),
        ("messageByNumber", {"number": "1"}),
        ("account", {"name": account.name}),
        ("accounts", {"filter": {"namePrefix": "sms", "search": "s"}, "after": "", "before": ""}),
        ("users", {**here, "filter": {"loginPrefix": "s", "search": "s"}, "after": "", "before": ""}),
        ("senders", {**here, "filter": {"search": "c"}, "after": "", "before": ""}),
        ("user", of_user),
        ("messages", {**here, "filter": narrow, "after": "", "before": ""}),
        ("deliveryEvents", {**of_user, "after": ""}),
        ("estimateMessage", {"input": {**draft, "deferredUntil": "2026-09-22T12:00:00Z"}}),
        ("rates", {"countries": ["FR"]}),
        ("verifyLedger", here),
    ]
    of_holders = {"filter": {"emailPrefix": "h", "search": "h"}, "after": "", "before": ""}
    return [
        *(Call(world.holder, name, arguments) for name, arguments in calls),
        Call(world.operator, "holders", of_holders),
        Call(world.operator, "unclaimedMessages", {"after": "", "before": ""}),
    ]


def text_paths(type_: GraphQLInputType, value: Any) -> Iterator[Path]:
    """Yield the path of each text in a value of an input type."""
    if isinstance(type_, GraphQLNonNull):
        yield from text_paths(type_.of_type, value)
    elif isinstance(type_, GraphQLList):
        for index, item in enumerate(value):
            yield from ((index, *rest) for rest in text_paths(type_.of_type, item))
    elif isinstance(type_, GraphQLInputObjectType):
        for name, item in value.items():
            yield from ((name, *rest) for rest in text_paths(type_.fields[name].type, item))
    elif not isinstance(type_, GraphQLEnumType) and not (
        is_specified_scalar_type(type_) and type_.name in NOT_TEXT
    ):
        yield ()


def spoilt(arguments: Json, path: Path, text: object) -> Json:
    """Return the arguments with another value at a path."""
    copy = deepcopy(arguments)
    place: Any = copy
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = text
    return copy
