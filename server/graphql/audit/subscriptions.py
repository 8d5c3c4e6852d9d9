"""The subscription that pushes audit entries."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from server.graphql.audit.types import AUDIT_ORDER, AuditEntry
from server.graphql.schema.access import Access, object_type, subscription
from server.graphql.schema.arguments import AccountName
from server.graphql.schema.context import Info
from server.graphql.schema.following import RULES, After, followed
from server.logs.reader import AUDIT, Selection
from server.operations.core.visibility import find_account


@object_type(access=Access.HOLDER, description="Subscriptions to the audit trail.")
class AuditSubscriptions:
    @subscription(
        access=Access.HOLDER,
        description=(
            "Each change that somebody makes to an account: its settings, users, senders, blacklist, limits, "
            f"credits and tokens, in the order of its audit trail. {RULES} For the account's holder and operators."
        ),
    )
    async def audit_entry_added(
        self, info: Info, account: AccountName, after: After = None
    ) -> AsyncGenerator[AuditEntry, None]:
        row = await find_account(info.context.principal, account)
        selection = Selection(AUDIT, row.id)
        async with aclosing(followed(info, selection, AUDIT_ORDER, after, AuditEntry.of)) as entries:
            async for entry in entries:
                yield entry
