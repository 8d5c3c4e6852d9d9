"""Fixtures of integration tests: a small world in a real database."""

import pytest

from server.operations.core.services import Services
from tests.factories.accounts.accounts import World


@pytest.fixture
async def world(services: Services) -> World:
    """An operator, two holders and some rates."""
    return await World.create(services)
