"""A tenant with data of every kind, which only its own people may see."""

from dataclasses import dataclass, replace

from server.gateways.protocol import OperatorMessage
from server.graphql.schema.ids import node_id
from server.kit.clock import HOUR_US
from server.operations.access.authentication import sign_in_user
from server.operations.access.tokens import create_access_token
from server.operations.accounts.user_settings import set_user_callback
from server.operations.core.principals import Principal, Scope
from server.operations.credits.limits import set_user_limit
from server.operations.credits.quotas import set_user_quota
from server.operations.dispatch.inbound import add_to_blacklist, store_incoming
from server.rules.callbacks.callbacks import TryVerdict
from server.rules.credits.thresholds import AlertChannel
from server.rules.messages.ptt import DeliveryStatus
from server.store import models
from server.store.models import Account, Message, User
from tests.factories.accounts.accounts import USER_PASSWORD, World
from tests.factories.messages.messages import DELIVERED, receive, send, submit

ACCOUNT_ROWS = {
    "CreditEntry": models.LedgerEntry,
    "LimitAlert": models.LimitAlert,
    "BlacklistEntry": models.BlacklistEntry,
    "IncomingMessage": models.IncomingMessage,
    "AuditEntry": models.AuditEntry,
    "Sender": models.Sender,
}


@dataclass
class Tenant:
    """An account with two users, and at least one of everything that an account can have.

    `ids` has the node id of one object of each kind; objects that can belong to a user belong to `script`.
    `messages` are deferred messages by their author: script, colleague, holder.
    """

    account: Account
    holder: Principal
    script: User
    colleague: User
    ids: dict[str, str]
    messages: dict[str, Message]
    tokens: dict[str, str]
    sessions: dict[str, str]
    blacklisted: str
    secrets: tuple[str, ...]


async def settle(world: World, name: str, *, of: Principal, digits: str) -> Tenant:
    """Create a tenant; its phone numbers contain the three `digits`."""
    services, account = world.services, await world.account(name, of=of)
    suffix = name.removeprefix("sms-")
    script, colleague = [await world.user(account, f"{login}-{suffix}") for login in ("script", "colleague")]
    numbers = [f"+3361200{digits}{last}" for last in range(4)]
    users = {"script": world.as_user(script), "colleague": world.as_user(colleague), "holder": of}
    await set_user_callback(
        services, of, account=name, login=script.login, url=f"https://{suffix}.example/hook", stop_url=None
    )
    await send(services, users["script"], account, numbers[0], text=f"Delivered {suffix}", tag=suffix)
    await submit(services, f"{suffix}-0")
    await receive(services, (f"{suffix}-0", DELIVERED))
    await _alert(world, of, account, colleague, numbers[1])
    later_us = services.clock.now_us() + HOUR_US
    messages = {
        who: await Message.get(
            id=await send(
                services, user, account, numbers[2], text=f"By {who} of {suffix}", deferred_until_us=later_us
            )
        )
        for who, user in users.items()
    }
    await add_to_blacklist(services, of, account=name, number=numbers[3])
    reply = OperatorMessage(1, f"{suffix}-reply", numbers[0], "Chappe", f"Thanks {suffix}")
    await store_incoming(services, "link", [reply])
    sessions: dict[str, str] = {
        who: node_id("Session", await _session(world, name, user))
        for who, user in (("script", script), ("colleague", colleague))
    }
    tokens: dict[str, str] = {}
    secrets = []
    for who, user in users.items():
        made = await create_access_token(
            services, replace(user, in_session=True), label=f"{who} of {suffix}", scopes=[Scope.READ],
            lifetime_seconds=3_600,
        )  # fmt: skip
        tokens[who] = node_id("AccessToken", made.token.id)
        secrets.append(made.secret)
    delivered = await Message.get(account_id=account.id, tag=suffix)
    event = await models.DeliveryEvent.get(message_id=delivered.id, status=DeliveryStatus.SUCCESS)
    ids: dict[str, str] = {
        "Account": node_id("Account", account.id),
        "User": node_id("User", script.id),
        "Message": node_id("Message", delivered.id),
        "DeliveryEvent": node_id("DeliveryEvent", event.id),
        "AccessToken": tokens["script"],
        "Session": sessions["script"],
        "Holder": node_id("Holder", account.holder_id),
        "CallbackDelivery": node_id("CallbackDelivery", (await _callback(script)).id),
    }
    for kind, model in ACCOUNT_ROWS.items():
        row = await model.filter(account_id=account.id).order_by("id").first()
        assert row is not None, kind
        ids[kind] = node_id(kind, row.pk)
    account = await Account.get(id=account.id)
    return Tenant(account, of, script, colleague, ids, messages, tokens, sessions, numbers[3], tuple(secrets))


async def _session(world: World, account: str, user: User) -> int:
    """Begin a session of a user, and return its id."""
    await sign_in_user(
        world.services,
        account=account,
        login=user.login,
        password=USER_PASSWORD,
        address=None,
        user_agent=f"of {user.login}",
    )
    session = await models.AccessToken.get(is_session=True, user_id=user.id)
    return int(session.id)


async def _callback(user: User) -> models.CallbackDelivery:
    """Return the first callback about a user's messages, which the endpoint refused once."""
    row = await models.CallbackDelivery.filter(user_id=user.id).order_by("id").first()
    assert row is not None
    await models.CallbackTry.create(
        delivery_id=row.id,
        at_us=row.due_at_us,
        latency_us=1_000,
        status=500,
        verdict=TryVerdict.REFUSED_STATUS,
    )
    return row


async def _alert(world: World, owner: Principal, account: Account, user: User, receiver: str) -> None:
    """Let a user fall below its limit; submit its message, to get it out of the way."""
    services, name = world.services, account.name
    await set_user_quota(services, owner, account=name, login=user.login, enabled=True, credits=20_000)
    await set_user_limit(
        services, owner, account=name, login=user.login, enabled=True, threshold=19_500,
        channel=AlertChannel.MAIL, email=f"alerts@{name}.example",
    )  # fmt: skip
    await send(services, world.as_user(user), account, receiver, text=f"Alerting {name}")
    await submit(services, f"{name}-alerting")
