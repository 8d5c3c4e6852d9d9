"""The budget that pays for an operation."""

from typing import Any, cast

import pytest

from server.graphql.schema.context import Context
from server.operations.core.principals import HOLDER_SCOPES, Principal


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.1", "address:192.0.2.1"),
        ("2001:db8:0:1::2", "address:2001:db8:0:1::/64"),
        ("2001:db8:0:1:ffff::3", "address:2001:db8:0:1::/64"),
        (None, "address:nowhere"),
    ],
)
def test_nobody_pays_by_network(address: str | None, key: str) -> None:
    """An IPv6 network has one budget, not one for each address; callers without an address share one."""
    nothing = cast("Any", None)
    context = Context(nothing, nothing, nothing, address, secure_cookies=False)
    assert context.budget_key == key
    context.caller = Principal(name="ada", scopes=HOLDER_SCOPES, holder_id=7)
    assert context.budget_key == "holder:7"
