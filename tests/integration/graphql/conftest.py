"""Fixtures of the API's tests."""

import pytest

from server.operations.core.services import Services
from tests.factories.graphql.api import Api


@pytest.fixture
def api(services: Services) -> Api:
    """GraphQL without a transport."""
    return Api(services)
