"""Why there is no connection to an operator: for each cause a line that says what to check."""

import errno
import os
import re
import ssl
from collections.abc import Mapping
from socket import EAI_AGAIN, gaierror
from types import MappingProxyType

from server.gateways.smpp.events import Ending
from server.gateways.smpp.options import LinkOptions
from server.gateways.smpp.statuses import Status, status_name
from server.kit.clock import SECOND_US

_ERRNO = re.compile(r"\[Errno (\d+)\]")
_BROKEN_OFF = "{place}, broke the connection off: it {may}, or not know this machine's address."
_NO_WAY = "There is no way to {place} from this machine."
_CAUSES: Mapping[int, str] = MappingProxyType(
    {
        errno.ECONNREFUSED: "{place}, refuses the connection: nothing listens there, or a firewall says no.",
        errno.ECONNRESET: _BROKEN_OFF,
        errno.ECONNABORTED: _BROKEN_OFF,
        errno.EPIPE: _BROKEN_OFF,
        errno.EHOSTUNREACH: _NO_WAY,
        errno.ENETUNREACH: _NO_WAY,
        errno.ETIMEDOUT: "{place}, does not answer: host, port or a firewall.",
    }
)
_NO_TLS = frozenset(
    {"WRONG_VERSION_NUMBER", "UNEXPECTED_EOF_WHILE_READING", "HTTP_REQUEST", "UNKNOWN_PROTOCOL"}
)


def explain_failure(error: OSError | UnicodeError, options: LinkOptions) -> str:
    """Return why a connection could not be opened."""
    place = f"{options.host}, port {options.port}"
    if isinstance(error, UnicodeError):
        return f"{options.host} is not a valid host name."
    if isinstance(error, gaierror):
        nobody_says = f"No name server can tell the address of {options.host} at present (DNS)."
        return nobody_says if error.errno == EAI_AGAIN else f"There is no host named {options.host} (DNS)."
    if isinstance(error, ssl.SSLError):
        return _explain_tls(error, place)
    if isinstance(error, TimeoutError) and error.errno is None:
        seconds = f"{options.connect_us / SECOND_US:g}"
        return f"No connection to {place} within {seconds} seconds: host, port, TLS or a firewall."
    number = _number(error)
    words = f"There is no connection to {place}: {os.strerror(number) if number else error}."
    may = "may want TLS" if options.tls is None else "may not speak TLS"
    return _CAUSES.get(number, words).format(place=place, may=may)


def explain_ending(ending: Ending, status: int, options: LinkOptions) -> str:
    """Return why a session ended before it was bound, with the operator's status if it gave one."""
    if status != Status.ESME_ROK:
        return f"{ending.description} ({status_name(status)})"
    if ending is Ending.SILENT:
        seconds = f"{options.session.bind_us / SECOND_US:g}"
        return f"The operator did not answer the bind within {seconds} seconds."
    if ending is Ending.CUT:
        return f"{ending.description} The bind was not answered: the operator may want TLS, or not know this machine's address."
    return ending.description


def _explain_tls(error: ssl.SSLError, place: str) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"The certificate of {place}, can't be trusted: {error.verify_message.rstrip('.')}."
    reason = (error.reason or "no reason given").replace("_", " ").lower()
    if error.reason in _NO_TLS:
        return f"{place}, does not speak TLS, or not as this machine does ({reason})."
    return f"The TLS handshake with {place}, failed ({reason})."


def _number(error: OSError) -> int:
    """Return the system's number of an error; of several tries (one per address) if all agree, else 0."""
    if error.errno is not None:
        return error.errno
    if isinstance(error, ConnectionResetError | ConnectionAbortedError):
        # This is asyncio's error for a handshake that the other side cut short.
        return errno.ECONNRESET
    numbers = {int(number) for number in _ERRNO.findall(str(error))}
    return numbers.pop() if len(numbers) == 1 else 0
