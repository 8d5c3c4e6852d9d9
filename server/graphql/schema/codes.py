"""The codes of errors in the request itself; those of refusals are in `server.errors`."""

from server.kit.described_enums import DescribedStr


class EdgeCode(DescribedStr):
    """What is wrong with a request before any domain rule applies; each member says when it is given."""

    BAD_REQUEST = "BAD_REQUEST", "The HTTP request is not a GraphQL request; its status and message say why."
    GRAPHQL_PARSE_FAILED = (
        "GRAPHQL_PARSE_FAILED",
        "The document is not GraphQL, or has too many tokens.",
    )
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED", "The document does not fit the schema."
    GRAPHQL_LIMIT_EXCEEDED = (
        "GRAPHQL_LIMIT_EXCEEDED",
        "The document, or the work that it asks for, exceeds a limit.",
    )
    OPERATION_RESOLUTION_FAILURE = (
        "OPERATION_RESOLUTION_FAILURE",
        "The document has no operation with that name, or it has several and no name was given.",
    )
    BAD_USER_INPUT = "BAD_USER_INPUT", "A variable or an argument has a value that its type does not accept."
    PERSISTED_QUERY_NOT_FOUND = (
        "PERSISTED_QUERY_NOT_FOUND",
        "The document's hash is unknown: send it once together with the document.",
    )
    PERSISTED_QUERY_NOT_SUPPORTED = (
        "PERSISTED_QUERY_NOT_SUPPORTED",
        "The document's hash is unknown and can't be added: send the document itself.",
    )
    PERSISTED_QUERY_ONLY = (
        "PERSISTED_QUERY_ONLY",
        "This server only runs documents that its operator trusts.",
    )
    INTERNAL_SERVER_ERROR = (
        "INTERNAL_SERVER_ERROR",
        "Something failed on our side; look for the error's `requestId` in the log.",
    )
