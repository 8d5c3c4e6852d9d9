"""The parameters of a GraphQL request, checked the same way however they came."""

from collections.abc import Mapping
from typing import Any

from server.graphql.transport.engine import Request
from server.graphql.transport.json_body import BadJson


def request_of(parameters: Mapping[str, Any]) -> Request:
    """Return the request that these parameters make up.

    Raises:
        BadJson: one of them has the wrong type.
    """
    query, name = parameters.get("query"), parameters.get("operationName")
    for key, text in (("query", query), ("operationName", name)):
        if text is not None and not isinstance(text, str):
            raise BadJson(f"The parameter {key} is a string.")
    variables, extensions = parameters.get("variables"), parameters.get("extensions")
    for key, values in (("variables", variables), ("extensions", extensions)):
        if values is not None and not isinstance(values, dict):
            raise BadJson(f"The parameter {key} is an object.")
    if query is None and not (extensions or {}).get("persistedQuery"):
        raise BadJson("The parameter query is missing.")
    return Request(query, name or None, variables or {}, extensions or {})
