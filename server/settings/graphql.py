"""What GraphQL clients may do, and how much."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from server.rules.core.costs import MAX_COST
from server.settings.section import Section


class GraphqlSettings(Section):
    """GraphQL: tools for developers, documents, and each caller's budget of points."""

    introspection: bool | None = Field(
        None, description="let GraphQL clients read the schema (default: only in development)"
    )
    suggestions: bool | None = Field(
        None, description="let GraphQL errors suggest names (default: only in development)"
    )
    graphiql: bool | None = Field(
        None, description="serve GraphiQL at /graphiql (default: only in development)"
    )
    documents: Literal["any", "trusted-only"] = Field(
        "any", description="which GraphQL documents are executed: any or trusted-only"
    )
    trusted_documents: Path | None = Field(
        None, description="a JSON file of trusted GraphQL documents, keyed by SHA-256"
    )
    persisted_queries: bool = Field(
        default=False, description="let clients refer to documents by hash once they have sent them"
    )
    rate_capacity: int = Field(
        50_000,
        ge=MAX_COST,
        le=2**31 - 1,
        description="the most points of GraphQL cost that a caller can save up",
    )
    rate_per_second: int = Field(
        1_000, ge=1, description="points of GraphQL cost that a caller gets back each second"
    )
