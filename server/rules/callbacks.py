"""Callbacks: what they say, when they are tried again, and when a URL is given up."""

from server.kit.described import DescribedStr


class TryVerdict(DescribedStr):
    """How one try to deliver a callback ended."""

    DELIVERED = "delivered", "The receiver answered with a 2xx."
    REFUSED_STATUS = "refused_status", "The receiver answered with another status; a redirect is one, too."
    GONE = "gone", "The receiver answered 410: the URL is disabled."
    FORBIDDEN_ADDRESS = "forbidden_address", "The address or port is one that this server may not call."
    UNRESOLVED = "unresolved", "The host's name leads to no address."
    UNREACHABLE = "unreachable", "No connection could be made, or it broke."
    TLS_FAILED = "tls_failed", "The receiver's certificate or its TLS was refused."
    TIMED_OUT = "timed_out", "The receiver did not answer in time."
    BAD_ANSWER = "bad_answer", "What came back was no HTTP answer."


class DisabledReason(DescribedStr):
    """Why a URL is no longer called."""

    GONE = "gone", "Its receiver answered 410 Gone."
    FAILING = "failing", "It has failed for days."
