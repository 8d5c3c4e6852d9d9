"""Why there is no connection, with a text for each cause."""

import errno
import ssl
from socket import EAI_AGAIN, EAI_NONAME, gaierror

import pytest

from server.gateways.smpp.events import Ending
from server.gateways.smpp.failures import explain_ending, explain_failure
from server.gateways.smpp.options import LinkOptions
from server.gateways.smpp.statuses import Status

OPTIONS = LinkOptions(name="a", host="smsc.example", port=2775, system_id="x", password="y")


def tls_error(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, f"[SSL: {reason}] (_ssl.c:1)")
    error.reason = reason
    return error


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (gaierror(EAI_NONAME, "Name or service not known"), "There is no host named smsc.example (DNS)."),
        (gaierror(EAI_AGAIN, "Temporary failure"), "No name server can tell the address"),
        (UnicodeError("label too long"), "smsc.example is not a valid host name."),
        (ConnectionRefusedError(errno.ECONNREFUSED, ""), "smsc.example, port 2775, refuses the connection"),
        (
            OSError("Multiple exceptions: [Errno 111] Connect call failed ('::1', 1), [Errno 111] Connect call failed"),
            "refuses the connection",
        ),
        (OSError("Multiple exceptions: [Errno 111] Connect, [Errno 113] Connect"), "There is no connection to"),
        (ConnectionResetError(errno.ECONNRESET, ""), "broke the connection off: it may want TLS"),
        (ConnectionResetError(), "broke the connection off"),
        (OSError(errno.EHOSTUNREACH, ""), "There is no way to smsc.example, port 2775 from"),
        (OSError(errno.EMFILE, ""), "There is no connection to smsc.example, port 2775: Too many open files."),
        (TimeoutError(), "No connection to smsc.example, port 2775 within 10 seconds"),
        (TimeoutError(errno.ETIMEDOUT, ""), "smsc.example, port 2775, does not answer"),
        (tls_error("WRONG_VERSION_NUMBER"), "does not speak TLS"),
        (tls_error("TLSV1_ALERT_UNKNOWN_CA"), "failed (tlsv1 alert unknown ca)"),
    ],
)  # fmt: skip
def test_each_cause_has_a_line(error: OSError, says: str) -> None:
    """It names the host, without the class or number of an exception."""
    words = explain_failure(error, OPTIONS)
    assert says in words
    assert "smsc.example" in words
    assert "\n" not in words
    assert "Errno" not in words or "Multiple" in words


@pytest.mark.parametrize(
    ("ending", "status", "says"),
    [
        (Ending.BIND_REFUSED, Status.ESME_RINVPASWD, "The operator refused the bind. (ESME_RINVPASWD)"),
        (Ending.SILENT, 0, "The operator did not answer the bind within 10 seconds."),
        (Ending.CUT, 0, "The connection broke. The bind was not answered: the operator may want TLS"),
        (Ending.GARBAGE, 0, "The operator sent something that is not SMPP."),
    ],
)
def test_so_has_each_end_of_a_bind(ending: Ending, status: int, says: str) -> None:
    """With the operator's status if it gave one."""
    assert explain_ending(ending, status, OPTIONS).startswith(says)
