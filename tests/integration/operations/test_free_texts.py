"""Every text by people is refused if it could forge a line of a log, a list or a mail."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from server.errors import ErrorCode
from server.operations.access.holders import create_holder
from server.operations.access.tokens import create_access_token
from server.operations.accounts.accounts import create_account, update_account
from server.operations.core.principals import Scope
from server.operations.core.services import Services
from server.operations.credits.credits import correct_credits, grant_credits
from server.operations.senders.senders import create_sender
from tests.factories.accounts.accounts import HOLDER_PASSWORD, World
from tests.factories.core.refusals import refused

HERE: dict[str, Any] = {"account": "sms-demo-1"}
FORGED = "Anne\r\nBcc: eve@example.org"

TEXTS: dict[str, Callable[[Services, World], Awaitable[object]]] = {
    "description": lambda s, w: update_account(s, w.holder, **HERE, changes={"description": FORGED}),
    "stopClause": lambda s, w: create_account(
        s,
        w.operator,
        name="sms-new-1",
        holder_email="holder@example.com",
        changes={"stop_clause": "a\x1b[2J"},
    ),
    "label": lambda s, w: create_access_token(
        s, replace(w.holder, in_session=True), label=FORGED, scopes=[Scope.READ], lifetime_seconds=60
    ),
    "name": lambda s, w: create_holder(
        s, w.operator, email="a@example.org", name=FORGED, password=HOLDER_PASSWORD, is_operator=False
    ),
    "comment": lambda s, w: create_sender(s, w.holder, **HERE, name="Fresh", kind=None, comment=FORGED),
    "reason": lambda s, w: grant_credits(s, w.operator, **HERE, credits=1_000, key="k", reason=FORGED),
    "reason of a correction": lambda s, w: correct_credits(
        s, w.operator, **HERE, credits=1_000, reason="a\u202eb"
    ),
}


@pytest.mark.parametrize("text", TEXTS)
async def test_a_text_of_one_line_stays_on_it(services: Services, world: World, text: str) -> None:
    """With a code, about its field, and nothing of it is kept."""
    await world.account()
    async with refused(ErrorCode.INVALID_TEXT, text.partition(" ")[0]):
        await TEXTS[text](services, world)
