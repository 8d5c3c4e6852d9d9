"""Every list of the API that has pages: its document and its order."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from server.graphql.schema.ids import node_id
from server.operations.core.principals import Principal
from tests.factories.accounts.accounts import World
from tests.factories.graphql.api import Api, Json

VARIABLES = "$first: Int, $after: String, $last: Int, $before: String"
PAGE = "first: $first, after: $after, last: $last, before: $before"
PAGE_INFO = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"


@dataclass(frozen=True)
class Listing:
    """A list: its place in the document, the fields of its entries, and the key of its order.

    Lists of the same `family` accept each other's cursors.
    """

    family: str
    template: str
    fields: str
    key: Callable[[Json], Any]
    descending: bool = False
    operators: bool = False

    def caller(self, world: World) -> Principal:
        """Return a caller who may read it and has many rows in it."""
        return world.operator if self.operators else world.holder

    @property
    def forward_only(self) -> bool:
        """Whether the list can only be read forward."""
        return PAGE not in self.template

    @property
    def document(self) -> str:
        """The document for one page."""
        selection = f"{{ edges {{ cursor node {{ {self.fields} }} }} nodes {{ {self.fields} }} {PAGE_INFO} }}"
        variables = VARIABLES if PAGE in self.template else "$first: Int, $after: String"
        return f"query({variables}) {self.template.replace('SELECTION', selection)}"

    async def page(self, api: Api, caller: Principal, **variables: Any) -> Json:
        """Fetch a page, check that its parts agree with each other, and return the connection."""
        found: Any = await api.data(caller, self.document, **variables)
        while "edges" not in found:
            [found] = found.values()
        connection: Json = found
        assert [edge["node"] for edge in connection["edges"]] == connection["nodes"]
        cursors = [edge["cursor"] for edge in connection["edges"]]
        info = connection["pageInfo"]
        assert (info["startCursor"], info["endCursor"]) == (
            (cursors[0], cursors[-1]) if cursors else (None, None)
        )
        return connection


def _text(name: str) -> Callable[[Json], Any]:
    return lambda node: node[name]


def _number(name: str) -> Callable[[Json], Any]:
    return lambda node: Decimal(node[name])


def _ordered(
    name: str, owner: str, field: str, key: Callable[[Json], Any], *, operators: bool = False
) -> dict[str, Listing]:
    """Return a list at the root in one of its orders, in both directions."""
    return {
        f"{name} {field} {direction}": Listing(
            f"{name} {field}",
            f"{{ {name}(orderBy: {{field: {field}, direction: {direction}}}, {PAGE}) SELECTION }}",
            owner,
            key,
            descending=direction == "DESC",
            operators=operators,
        )
        for direction in ("ASC", "DESC")
    }


def _of_account(
    name: str, fields: str, key: Callable[[Json], Any], *, descending: bool = True, family: str = ""
) -> dict[str, Listing]:
    template = f'{{ account(name: "sms-many-000") {{ {name}({PAGE}) SELECTION }} }}'
    return {f"account.{name}": Listing(family or name, template, fields, key, descending=descending)}


def _log_of_account(name: str, fields: str, key: Callable[[Json], Any]) -> dict[str, Listing]:
    """Return a log of an account, newest first and oldest first."""
    oldest_first = f'{{ account(name: "sms-many-000") {{ {name}(direction: ASC, {PAGE}) SELECTION }} }}'
    return {
        **_of_account(name, fields, key),
        f"account.{name} ASC": Listing(name, oldest_first, fields, key),
    }


def _of_holder(
    name: str, family: str, template: str, fields: str, key: Callable[[Json], Any]
) -> dict[str, Listing]:
    """Return a list below an object of the holder, newest first."""
    field = name.rpartition(".")[2]
    template = template.replace("LIST", f"{field}({PAGE}) SELECTION")
    return {name: Listing(family, template, fields, key, descending=True)}


def _by_label(node: Json) -> int:
    return int(node["label"].split()[1])


def _by_login(node: Json) -> str:
    return str(node["login"]).lower()


_USER = "id login createdAt quota { left }"
_SESSION = "id createdAt"
_OF_USER = '{ user(account: "sms-many-000", login: "user-000") { LIST } }'
_OF_TOKEN = f'{{ node(id: "{node_id("AccessToken", 1)}") {{ ... on AccessToken {{ LIST }} }} }}'
_HOLDER = "id email createdAt"
_ACCOUNT = "id name createdAt creditsLeft"
_MESSAGE = "id createdAt number"

LISTS: dict[str, Listing] = {
    "accounts": Listing("accounts NAME", f"{{ accounts({PAGE}) SELECTION }}", _ACCOUNT, _text("name")),
    **_ordered("accounts", _ACCOUNT, "NAME", _text("name")),
    **_ordered("accounts", _ACCOUNT, "CREATED_AT", _text("createdAt")),
    **_ordered("accounts", _ACCOUNT, "CREDITS_LEFT", _number("creditsLeft")),
    "holders": Listing(
        "holders EMAIL", f"{{ holders({PAGE}) SELECTION }}", _HOLDER, _text("email"), operators=True
    ),
    **_ordered("holders", _HOLDER, "EMAIL", _text("email"), operators=True),
    **_ordered("holders", _HOLDER, "CREATED_AT", _text("createdAt"), operators=True),
    "users": Listing("users LOGIN", f"{{ users({PAGE}) SELECTION }}", _USER, _by_login),
    **_ordered("users", _USER, "LOGIN", _by_login),
    **_ordered("users", _USER, "CREATED_AT", _text("createdAt")),
    **_ordered("users", _USER, "QUOTA_LEFT", lambda node: Decimal(node["quota"]["left"])),
    **_ordered("users", f"{_USER} lastUsedAt", "LAST_USED_AT", lambda node: node["lastUsedAt"] or ""),
    **_ordered(
        "users",
        f"{_USER} limit {{ threshold }}",
        "LIMIT_THRESHOLD",
        lambda node: Decimal(node["limit"]["threshold"] or 0),
    ),
    "senders": Listing("senders", f"{{ senders({PAGE}) SELECTION }}", "id name", _text("name")),
    "messages": Listing(
        "messages",
        f'{{ messages(account: "sms-many-000", {PAGE}) SELECTION }}',
        _MESSAGE,
        lambda node: (node["createdAt"], int(node["number"])),
        descending=True,
    ),
    "deliveryEvents": Listing(
        "deliveryEvents",
        f'{{ deliveryEvents(account: "sms-many-000", {PAGE}) SELECTION }}',
        "sequence cursor",
        _number("sequence"),
    ),
    "unclaimedMessages": Listing(
        "unclaimedMessages",
        f"{{ unclaimedMessages({PAGE}) SELECTION }}",
        "id receivedAt body",
        lambda node: (node["receivedAt"], int(node["body"])),
        descending=True,
        operators=True,
    ),
    "viewer.accessTokens": Listing(
        "accessTokens",
        f"{{ viewer {{ accessTokens({PAGE}) SELECTION }} }}",
        "id label",
        _by_label,
        descending=True,
    ),
    **_of_holder("viewer.sessions", "sessions", "{ viewer { LIST } }", _SESSION, _text("createdAt")),
    **_of_holder(
        "holder.sessions", "sessions", "{ viewer { holder { LIST } } }", _SESSION, _text("createdAt")
    ),
    **_of_holder("user.sessions", "sessions", _OF_USER, _SESSION, _text("createdAt")),
    **_of_holder("user.accessTokens", "accessTokens", _OF_USER, "id label", _by_label),
    **_of_holder("token.users", "users of a token", _OF_TOKEN, _USER, _by_login),
    **_of_account("users", _USER, _by_login, descending=False, family="users LOGIN"),
    **_of_account("senders", "id name", _text("name"), descending=False),
    **_of_account("messages", _MESSAGE, lambda node: (node["createdAt"], int(node["number"]))),
    **_log_of_account("creditEntries", "id sequence", _number("sequence")),
    **_log_of_account("limitAlerts", "id remaining", _number("remaining")),
    **_of_account("blacklist", "id number", _text("number"), descending=False),
    **_log_of_account("incomingMessages", "id sender", _text("sender")),
    **_log_of_account(
        "callbackDeliveries", "id webhookId", lambda node: int(node["webhookId"].split("_")[2])
    ),
    **_log_of_account("auditEntries", "id subject", _text("subject")),
    "user.callbackDeliveries": Listing(
        "callbackDeliveries",
        f'{{ user(account: "sms-many-000", login: "user-000") {{ callbackDeliveries({PAGE}) SELECTION }} }}',
        "id webhookId",
        lambda node: int(node["webhookId"].split("_")[2]),
        descending=True,
    ),
    "user.messages": Listing(
        "messages",
        f'{{ user(account: "sms-many-000", login: "user-000") {{ messages({PAGE}) SELECTION }} }}',
        _MESSAGE,
        lambda node: (node["createdAt"], int(node["number"])),
        descending=True,
    ),
}
