"""What GraphQL clients may do, and how much of it."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from server.rules.core.costs import MAX_COST
from server.settings.section import Section


class GraphqlSettings(Section):
    """GraphQL: tools for developers, documents, and the budget of points that each caller has."""

    introspection: bool | None = Field(
        None, description="let GraphQL clients read the schema (by default in development)"
    )
    suggestions: bool | None = Field(
        None, description="let GraphQL errors suggest names (by default in development)"
    )
    graphiql: bool | None = Field(None, description="serve GraphiQL at /graphiql (by default in development)")
    documents: Literal["any", "trusted-only"] = Field(
        "any", description="which GraphQL documents are executed: any or trusted-only"
    )
    trusted_documents: Path | None = Field(
        None, description="a JSON file of trusted GraphQL documents by their SHA-256"
    )
    persisted_queries: bool = Field(
        default=False, description="let clients name documents by hash after once sending them"
    )
    rate_capacity: int = Field(
        50_000,
        ge=MAX_COST,
        le=2**31 - 1,
        description="points of GraphQL cost that a caller may have saved up",
    )
    rate_per_second: int = Field(
        1_000, ge=1, description="points of GraphQL cost that come back to a caller each second"
    )
