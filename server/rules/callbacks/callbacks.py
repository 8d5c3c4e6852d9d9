"""Callbacks: their content, their URL, and how long to leave a failing URL alone."""

from urllib.parse import quote, urlencode, urlsplit

from server.errors import ErrorCode, InvalidInput
from server.kit.clock import SECOND_US, to_datetime
from server.kit.described_enums import DescribedStr
from server.rules.callbacks.addresses import AddressPolicy, is_plain_host
from server.rules.messages.ptt import DeliveryStatus

FIRST_PAUSE_US = SECOND_US
MAX_PAUSE_US = 300 * SECOND_US

FEW_CALLS = 2
"""An account with fewer running calls than this may use the reserved capacity."""

_DEFAULT_PORTS = {"http": 80, "https": 443}


class TryVerdict(DescribedStr):
    """How a try to deliver a callback ended."""

    DELIVERED = "delivered", "The endpoint answered with a 2xx status."
    REFUSED_STATUS = "refused_status", "The endpoint answered with another status, which includes redirects."
    GONE = "gone", "The endpoint answered 410: the URL is disabled."
    FORBIDDEN_ADDRESS = "forbidden_address", "This server may not call this address or port."
    UNRESOLVED = "unresolved", "The host name has no address."
    UNREACHABLE = "unreachable", "No connection could be made, or it broke."
    TLS_FAILED = "tls_failed", "The endpoint's certificate or its TLS was refused."
    TIMED_OUT = "timed_out", "The endpoint did not answer in time."
    BAD_ANSWER = "bad_answer", "The response was not HTTP."


class DisabledReason(DescribedStr):
    """Why a URL is no longer called."""

    GONE = "gone", "The endpoint answered 410 Gone."
    FAILING = "failing", "Every try has failed for days."


CONNECTION_FAILURES = frozenset(
    {
        TryVerdict.FORBIDDEN_ADDRESS,
        TryVerdict.UNRESOLVED,
        TryVerdict.UNREACHABLE,
        TryVerdict.TLS_FAILED,
        TryVerdict.TIMED_OUT,
        TryVerdict.BAD_ANSWER,
    }
)


def status_query(*, number: int, status: DeliveryStatus, ptt: int | None, at_us: int) -> str:
    """Return the query of a callback about a status change: the message's number, status and ptt code."""
    return _encode(
        id=str(number),
        ptt="" if ptt is None else str(ptt),
        date=_date(at_us),
        description=str(int(status)),
        descriptionDlr=status.description,
    )


def stop_query(*, number: int, sender: str, text: str, at_us: int) -> str:
    """Return the query of a callback about a STOP: the incoming message's number, sender and text."""
    return _encode(id=str(number), senderid=sender, date=_date(at_us), message=text)


def called_url(url: str, query: str) -> str:
    """Return the URL to call: the configured one, with `query` added to its own query.

    The signature covers it, so an endpoint has to be able to rebuild it from its `Host` header and the
    request's target: the host in lower case, no default port, always a path.
    """
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    if parts.port is not None and parts.port != _DEFAULT_PORTS[scheme]:
        host = f"{host}:{parts.port}"
    mark = "" if parts.query == "" or parts.query.endswith("&") else "&"
    return f"{scheme}://{host}{parts.path or '/'}?{parts.query}{mark}{query}"


def host_of(url: str) -> str:
    """Return the name or address in a URL; the number of parallel calls to it is limited."""
    return urlsplit(url).hostname or ""


def check_destination(url: str, policy: AddressPolicy) -> str:
    """Return a well-formed URL if its host and port may be called, as far as the URL shows.

    Only a look-up shows the address of a name, and it may change tomorrow: each call checks that.

    Raises:
        InvalidInput: INVALID_URL, if programs would read the host differently; URL_NOT_ALLOWED.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _DEFAULT_PORTS[parts.scheme]
    if not is_plain_host(host):
        raise InvalidInput(
            f"The host {host[:80]} is neither a name nor an address in its usual form.",
            code=ErrorCode.INVALID_URL,
        )
    if port not in policy.ports:
        raise InvalidInput(
            f"Callbacks can't go to port {port}, only to {', '.join(map(str, sorted(policy.ports)))}.",
            code=ErrorCode.URL_NOT_ALLOWED,
        )
    if not policy.names(host, port):
        raise InvalidInput(
            f"Callbacks can't go to {host[:80]}: it is not a public address.", code=ErrorCode.URL_NOT_ALLOWED
        )
    return url


def call_capacity(*, parallel: int, per_host: int, in_all: int, of_account: int) -> int:
    """Return how many more calls an account may start, if `parallel` may run at once.

    One account gets at most a quarter of them, or the share of two hosts if that is more, so that one busy
    host does not block the account's other hosts. The last quarter is reserved for accounts with very few
    calls, so that several accounts with hanging endpoints do not block the others.
    """
    kept = parallel // 4
    share = max(kept, min(2 * per_host, parallel - kept))
    free = parallel - in_all
    open_to_all, open_to_few = free - kept, min(FEW_CALLS - of_account, free)
    return max(min(share - of_account, max(open_to_all, open_to_few)), 0)


def pause_us(verdict: TryVerdict, failures_in_a_row: int, retry_after_seconds: int | None) -> int:
    """Return how long to leave a URL alone after a failure, in microseconds.

    An unreachable URL blocks a worker at each try, so it is called less and less often. One that answers may
    be called again at once, unless it named a time.
    """
    if verdict in CONNECTION_FAILURES:
        return min(FIRST_PAUSE_US << min(max(failures_in_a_row, 1) - 1, 16), MAX_PAUSE_US)
    return min((retry_after_seconds or 0) * SECOND_US, MAX_PAUSE_US)


def _date(at_us: int) -> str:
    return to_datetime(at_us).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _encode(**parameters: str) -> str:
    return urlencode(parameters, quote_via=quote)
