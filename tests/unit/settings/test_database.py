"""The database's URL."""

import pytest
from pydantic import ValidationError

from server.settings.database import DatabaseSettings


@pytest.mark.parametrize("url", ["sqlite://", "sqlite://:memory:"])
def test_a_database_in_memory_is_refused(url: str) -> None:
    """Each command would have its own, and keep nothing."""
    with pytest.raises(ValidationError, match="is a file"):
        DatabaseSettings(url=url)
