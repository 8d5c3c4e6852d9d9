"""Holders: who may create them, and what is refused."""

import asyncio
from typing import Any

import pytest

from server.errors import Conflict, ErrorCode, Forbidden, InvalidInput
from server.models import AuditEntry
from server.operations.access import sign_in_holder
from server.operations.holders import create_holder
from server.operations.services import Services
from tests.factories.looks import Looks
from tests.factories.world import World

PASSWORD = "twelve or more"


async def test_a_holder_signs_in_with_what_was_set(services: Services, world: World) -> None:
    """Address and name are tidied, and the password is the one that was given."""
    holder = await create_holder(
        services, world.operator, email="Ada@Example.org", name=" Ada ", password=PASSWORD, is_operator=False
    )
    assert (holder.email, holder.name) == ("ada@example.org", "Ada")
    signed_in = await sign_in_holder(services, email="ADA@example.org", password=PASSWORD, address=None)
    assert signed_in.principal.holder_id == holder.id


async def test_the_audit_trail_keeps_no_password(services: Services, world: World) -> None:
    """It is written down who was created by whom, without the password."""
    await create_holder(
        services, world.operator, email="ada@example.org", name="Ada", password=PASSWORD, is_operator=True
    )
    entry = await AuditEntry.get(action="createHolder")
    assert (entry.subject, entry.caused_by) == ("ada@example.org", world.operator.name)
    assert PASSWORD not in entry.detail


async def test_only_an_operator_creates_holders(services: Services, world: World) -> None:
    """A holder is refused."""
    with pytest.raises(Forbidden):
        await create_holder(
            services, world.holder, email="ada@example.org", name="Ada", password=PASSWORD, is_operator=False
        )


async def test_an_address_is_one_holders(services: Services, world: World) -> None:
    """The address of another holder is refused in any case, and the transaction leaves nothing behind."""
    with pytest.raises(Conflict) as refused:
        await create_holder(
            services,
            world.operator,
            email="HOLDER@example.com",
            name="Ada",
            password=PASSWORD,
            is_operator=True,
        )
    assert (refused.value.code, refused.value.field) == (ErrorCode.EMAIL_TAKEN, ("email",))
    assert not await AuditEntry.exists(action="createHolder")


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"email": "ada"}, "email"), ({"password": "x" * 11}, "password"), ({"name": ""}, "name")],
)
async def test_what_is_malformed_points_at_its_field(
    services: Services, world: World, changed: dict[str, str], field: str
) -> None:
    """An error names the field that it is about."""
    given = {"email": "ada@example.org", "name": "Ada", "password": PASSWORD, **changed}
    with pytest.raises(InvalidInput) as refused:
        await create_holder(services, world.operator, is_operator=False, **given)
    assert refused.value.field == (field,)


async def test_an_address_that_is_taken_costs_no_hash(
    services: Services, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is looked for first; one that is taken meanwhile is refused all the same."""
    looks = Looks(monkeypatch)
    given: dict[str, Any] = {
        "email": "ada@example.org",
        "name": "Ada",
        "password": PASSWORD,
        "is_operator": False,
    }
    answers = await asyncio.gather(
        *(create_holder(services, world.operator, **given) for _ in range(2)), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "Holder"]
    hashed = looks.hashed
    for _ in range(20):
        with pytest.raises(Conflict):
            await create_holder(services, world.operator, **given)
    assert looks.hashed == hashed
