"""The codes of errors that are about a request itself; those of refusals are in `server.errors`."""

from server.kit.described_enums import DescribedStr


class EdgeCode(DescribedStr):
    """What is wrong with a request, before any rule of the domain is asked; each member's text says when it is given."""

    BAD_REQUEST = "BAD_REQUEST", "The HTTP request is no GraphQL request; its status and message say why."
    GRAPHQL_PARSE_FAILED = (
        "GRAPHQL_PARSE_FAILED",
        "The document is no GraphQL, or has more tokens than allowed.",
    )
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED", "The document does not fit the schema."
    GRAPHQL_LIMIT_EXCEEDED = "GRAPHQL_LIMIT_EXCEEDED", "The document, or what it asks for, is beyond a bound."
    OPERATION_RESOLUTION_FAILURE = (
        "OPERATION_RESOLUTION_FAILURE",
        "The document has no operation of that name, or several and none is named.",
    )
    BAD_USER_INPUT = "BAD_USER_INPUT", "A variable or an argument has a value that its type does not take."
    PERSISTED_QUERY_NOT_FOUND = (
        "PERSISTED_QUERY_NOT_FOUND",
        "No document of this hash is known: send it once together with the document.",
    )
    PERSISTED_QUERY_NOT_SUPPORTED = (
        "PERSISTED_QUERY_NOT_SUPPORTED",
        "No document of this hash is known, and none can be added: send the document itself.",
    )
    PERSISTED_QUERY_ONLY = (
        "PERSISTED_QUERY_ONLY",
        "Only documents that the operator trusts are executed here.",
    )
    INTERNAL_SERVER_ERROR = (
        "INTERNAL_SERVER_ERROR",
        "Something failed on our side; the log has it under the error's `requestId`.",
    )
