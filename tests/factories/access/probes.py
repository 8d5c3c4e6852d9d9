"""Every argument that could name somebody else's object, with a document that tries it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from server.graphql.schema.ids import key_of, node_id
from tests.factories.access.tenants import Tenant
from tests.factories.graphql.schema.operations import MOMENT

NEVER = 999_999
ERRORS = "userErrors { field code message }"

Values = Mapping[str, str]


@dataclass(frozen=True)
class Names:
    """The name of one object of each kind: somebody's, or nobody's."""

    account: str
    login: str
    ids: Values
    message: str
    token: str
    session: str
    number: str


def names_of(tenant: Tenant, who: str) -> Names:
    return Names(
        account=tenant.account.name,
        login=getattr(tenant, who).login,
        ids={**tenant.ids, "User": node_id("User", getattr(tenant, who).id)},
        message=node_id("Message", tenant.messages[who].id),
        token=tenant.tokens[who],
        session=tenant.sessions[who],
        number=tenant.blacklisted,
    )


NOBODYS = Names(
    account="sms-never-1",
    login="nobody",
    ids={},
    message=node_id("Message", NEVER),
    token=node_id("AccessToken", NEVER),
    session=node_id("Session", NEVER),
    number="+33612999999",
)


@dataclass(frozen=True)
class Probe:
    """A document that names one object as `$x`; `covers` are the arguments and input fields that it tries."""

    covers: str
    document: str
    pick: Callable[[Names], str]
    type: str = "String!"

    def text(self, own: Names) -> str:
        """Return the document for a caller who owns these names."""
        root = "mutation" if self.document.startswith("mutation") else "query"
        body = (
            self.document.removeprefix("mutation").replace("ACCOUNT", own.account).replace("LOGIN", own.login)
        )
        return f"{root} Probe($x: {self.type}) {body}"


def by_account(names: Names) -> str:
    return names.account


def by_login(names: Names) -> str:
    return names.login


DRAFT = 'account: $x, sender: "Chappe", receivers: ["+33612345678"], text: "Hello"'
PERIOD = f'from: "2026-09-20T12:00:00Z", to: "{MOMENT}"'
KEY = 'idempotencyKey: "k"'


def _user_mutation(name: str, more: str = "") -> list[Probe]:
    """Return the probes of a mutation whose input names an account and a login."""
    input = f"{name[0].upper()}{name[1:]}Input"
    of_account = f'mutation {{ {name}(input: {{account: $x, login: "LOGIN"{more}}}) {{ {ERRORS} }} }}'
    of_login = f'mutation {{ {name}(input: {{account: "ACCOUNT", login: $x{more}}}) {{ {ERRORS} }} }}'
    return [Probe(f"{input}.account", of_account, by_account), Probe(f"{input}.login", of_login, by_login)]


def _account_mutation(name: str, more: str = "", field: str = "account") -> Probe:
    """Return the probe of a mutation whose input names an account."""
    input = f"{name[0].upper()}{name[1:]}Input"
    return Probe(
        f"{input}.{field}",
        f"mutation {{ {name}(input: {{{field}: $x{more}}}) {{ {ERRORS} }} }}",
        by_account,
    )


def _narrowed(filter: str, log: str) -> Probe:
    """Return the probe of a login as the filter of an account's log."""
    text = f'{{ account(name: "ACCOUNT") {{ {log}(filter: {{login: $x}}) {{ nodes {{ id }} }} }} }}'
    return Probe(f"{filter}.login", text, by_login)


BY_ANYBODY = [
    Probe("Query.users.account", "{ users(account: $x) { nodes { login } } }", by_account),
    Probe("Query.senders.account", "{ senders(account: $x) { nodes { name } } }", by_account),
    Probe("Query.user.account", '{ user(account: $x, login: "LOGIN") { login } }', by_account),
    Probe("Query.user.login", '{ user(account: "ACCOUNT", login: $x) { login } }', by_login),
    Probe("Query.messages.account", "{ messages(account: $x) { nodes { number } } }", by_account),
    Probe(
        "MessageFilter.login",
        '{ messages(account: "ACCOUNT", filter: {login: $x}) { nodes { number } } }',
        by_login,
    ),
    Probe(
        "Query.deliveryEvents.account", "{ deliveryEvents(account: $x) { nodes { sequence } } }", by_account
    ),
    Probe(
        "Query.deliveryEvents.login",
        '{ deliveryEvents(account: "ACCOUNT", login: $x) { nodes { sequence } } }',
        by_login,
    ),
    Probe(
        "Query.messageByNumber.number",
        "{ messageByNumber(number: $x) { number } }",
        lambda names: str(key_of(names.message, "Message")),
    ),
    Probe("Query.message.id", "{ message(id: $x) { number } }", lambda names: names.message, "ID!"),
    Probe(
        "EstimateMessageInput.account", f"{{ estimateMessage(input: {{{DRAFT}}}) {{ parts }} }}", by_account
    ),
    Probe(
        "SendMessageInput.account",
        f"mutation {{ sendMessage(input: {{{DRAFT}, {KEY}}}) {{ {ERRORS} credits }} }}",
        by_account,
    ),
    Probe(
        "CancelMessageInput.id",
        f"mutation {{ cancelMessage(input: {{id: $x}}) {{ {ERRORS} }} }}",
        lambda names: names.message,
        "ID!",
    ),
    Probe(
        "RevokeAccessTokenInput.id",
        f"mutation {{ revokeAccessToken(input: {{id: $x}}) {{ {ERRORS} }} }}",
        lambda names: names.token,
        "ID!",
    ),
    Probe(
        "RevokeSessionInput.id",
        f"mutation {{ revokeSession(input: {{id: $x}}) {{ {ERRORS} }} }}",
        lambda names: names.session,
        "ID!",
    ),
    Probe(
        "CancelPendingMessagesInput.account",
        f"mutation {{ cancelPendingMessages(input: {{account: $x}}) {{ {ERRORS} cancelled }} }}",
        by_account,
    ),
    Probe(
        "CancelPendingMessagesInput.login",
        f'mutation {{ cancelPendingMessages(input: {{account: "ACCOUNT", login: $x}}) {{ {ERRORS} cancelled }} }}',
        by_login,
    ),
    Probe(
        "CreateAccessTokenInput.accounts",
        f'mutation {{ createAccessToken(input: {{label: "l", scopes: [READ], accounts: [$x]}}) {{ {ERRORS} }} }}',
        by_account,
    ),
    Probe(
        "Account.user.login",
        '{ users(account: "ACCOUNT") { nodes { account { user(login: $x) { login } } } } }',
        by_login,
    ),
]
BY_HOLDERS = [
    *_user_mutation("rotateCallbackKey"),
    *_user_mutation("sendTestCallback"),
    *_user_mutation("replayCallbacks", f", {PERIOD}"),
    Probe(
        "ReplayCallbacksInput.messageId",
        f"mutation {{ replayCallbacks(input: {{messageId: $x}}) {{ {ERRORS} replayed }} }}",
        lambda names: names.message,
        "ID!",
    ),
    Probe("Query.account.name", "{ account(name: $x) { name creditsLeft } }", by_account),
    Probe("Query.verifyLedger.account", "{ verifyLedger(account: $x) { entries } }", by_account),
    Probe(
        "AccountFilter.namePrefix", "{ accounts(filter: {namePrefix: $x}) { nodes { name } } }", by_account
    ),
    Probe("AccountFilter.search", "{ accounts(filter: {search: $x}) { nodes { name } } }", by_account),
    Probe("UserFilter.search", "{ users(filter: {search: $x}) { nodes { login } } }", by_login),
    Probe(
        "BlacklistEntryFilter.search",
        "{ accounts { nodes { blacklist(filter: {search: $x}) { nodes { address } } } } }",
        lambda names: names.number,
    ),
    Probe("UserFilter.loginPrefix", "{ users(filter: {loginPrefix: $x}) { nodes { login } } }", by_login),
    Probe(
        "CreateAccessTokenInput.user",
        f'mutation {{ createAccessToken(input: {{label: "l", scopes: [READ], user: {{account: $x, login: "LOGIN"}}}}) '
        f"{{ {ERRORS} }} }}",
        by_account,
    ),
    Probe(
        "UserInput.login",
        'mutation { createAccessToken(input: {label: "l", scopes: [READ], user: {account: "ACCOUNT", login: $x}}) '
        f"{{ {ERRORS} }} }}",
        by_login,
    ),
    *_user_mutation("changeUserPassword"),
    *_user_mutation("keepUser"),
    *_user_mutation("setUserEnabled", ", enabled: false"),
    *_user_mutation("deleteUser"),
    *_user_mutation("setUserQuota", ', enabled: true, credits: "1"'),
    *_user_mutation("setUserLimit", ", enabled: false"),
    *_user_mutation("setUserIpRestrictions", ', addresses: ["192.0.2.9"]'),
    *_user_mutation("setUserCallback"),
    _account_mutation("createUser", ', login: "fresh"'),
    _account_mutation("requestConfirmation", ', email: "a@example.com"'),
    _account_mutation("confirmPhoneNumber", ', phoneNumber: "+33612345678", code: "123456"'),
    _narrowed("CallbackDeliveryFilter", "callbackDeliveries"),
    _narrowed("CreditEntryFilter", "creditEntries"),
    _account_mutation("updateAccount", ', description: "d"'),
    _account_mutation("setAccountLimit", ", enabled: false"),
    _account_mutation("setAlertTemplates", ', smsBody: "low"'),
    _account_mutation("createSender", ', name: "Fresh"'),
    _account_mutation("deleteSender", ', name: "Chappe"'),
    _account_mutation("addToBlacklist", ', number: "+33612345678"'),
    _account_mutation("transferCredits", f', target: "ACCOUNT", credits: "1", {KEY}', "source"),
    _account_mutation("transferCredits", f', source: "ACCOUNT", credits: "1", {KEY}', "target"),
    Probe(
        "RemoveFromBlacklistInput.number",
        f'mutation {{ removeFromBlacklist(input: {{account: "ACCOUNT", number: $x}}) {{ {ERRORS} }} }}',
        lambda names: names.number,
        "PhoneNumber!",
    ),
    Probe(
        "RemoveFromBlacklistInput.account",
        f'mutation {{ removeFromBlacklist(input: {{account: $x, number: "+33612999999"}}) {{ {ERRORS} }} }}',
        by_account,
    ),
]

# Arguments that need no probe, and why.
TRIED_ELSEWHERE = {
    "Query.node.id", "Query.nodes.ids",  # below, with an id of each kind
    "Subscription.deliveryStatusChanged.account", "Subscription.deliveryStatusChanged.login",
    "Subscription.deliveryStatusChanged.messageId",  # in test_subscriptions
    "Subscription.creditsChanged.account", "Subscription.creditsChanged.login",
    "Subscription.limitReached.account", "Subscription.limitReached.login",
    "Subscription.incomingMessage.account", "Subscription.auditEntryAdded.account",  # in test_subscriptions_logs
    "CreateUserInput.login", "CreateAccountInput.name", "CreateSenderInput.name",  # names of new objects
    "CreateHolderInput.name", "CreateAccountInput.holderEmail",  # an operator's, who sees all
    "UpdateProfileInput.name",  # one's own new name
    "GrantCreditsInput.account", "CorrectCreditsInput.account",  # an operator's
    "SetSenderStatusInput.account", "SetSenderStatusInput.name",  # an operator's
    "UserCredentials.account", "UserCredentials.login",  # in test_sessions
    "AdjustUserQuotaInput.account", "AdjustUserQuotaInput.login",  # below, with a quota to adjust
    "CreateLinkInput.name", "UpdateLinkInput.name", "DeleteLinkInput.name",  # an operator's
    "HttpLinkInput.account", "HttpHeaderInput.name",  # names outside this server
    "DeleteSenderInput.name", "EstimateMessageInput.sender", "SendMessageInput.sender",  # below
    "AlertValuesInput.login",  # a free text, which names nobody
    "IncomingMessageFilter.sender",  # any number may have written
    "SenderFilter.search",  # in senders/test_queries
    "HolderFilter.search",  # an operator's, who sees all
    "LimitAlertFilter.login",  # narrows as CreditEntryFilter.login does, and there are no alerts here
    "AddToBlacklistInput.number", "UserInput.account",  # any number may be added; as CreateAccessTokenInput.user
}  # fmt: skip
NAMING = {
    "account", "accounts", "login", "loginPrefix", "name", "namePrefix", "id", "ids", "messageId", "source",
    "target", "number", "sender", "search",
}  # fmt: skip
