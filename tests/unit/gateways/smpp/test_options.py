"""The settings of a link."""

import ssl

import pytest

from server.gateways.smpp.codec import Unencodable
from server.gateways.smpp.options import LinkOptions
from server.gateways.smpp.pdu import BindReceiver, BindTransceiver, BindTransmitter
from server.rules.links.smpp import BindMode


def test_a_url_says_all_that_is_needed() -> None:
    """Host, port and credentials, which may be escaped."""
    options = LinkOptions.from_url("main", "smpp://us%40er:p%2Fss@smsc.example:2776")
    assert (options.host, options.port, options.tls) == ("smsc.example", 2776, None)
    assert options.binds() == [BindTransceiver(system_id="us@er", password="p/ss")]


def test_the_ports_are_the_usual_ones_by_default() -> None:
    """Over TLS, the certificate and its name are checked."""
    assert LinkOptions.from_url("main", "smpp://user@smsc.example").port == 2775
    secure = LinkOptions.from_url("main", "smpps://user:pass@smsc.example")
    assert secure.port == 3550
    assert secure.tls is not None
    assert secure.tls.verify_mode is ssl.CERT_REQUIRED
    assert secure.tls.check_hostname


@pytest.mark.parametrize(
    "url",
    [
        "http://user:s3cr3t@host",
        "smpp://host",
        "smpp://user:s3cr3t@",
        "smpp://user:s3cr3t@host:port",
        "s3cr3t",
    ],
)
def test_another_url_is_refused_without_its_password(url: str) -> None:
    """The message shows the right form."""
    with pytest.raises(ValueError, match="smpp://user:password@host:port") as refusal:
        LinkOptions.from_url("main", url)
    assert "s3cr3t" not in str(refusal.value)


def test_a_password_is_never_shown() -> None:
    """Neither in a log nor in an error."""
    options = LinkOptions.from_url("main", "smpp://user:s3cr3t@host")
    assert "s3cr3t" not in repr(options)
    with pytest.raises(Unencodable) as refusal:
        LinkOptions(name="main", host="host", system_id="user", password="Ж\0s3cr3t")
    assert "s3cr3t" not in str(refusal.value)


def test_a_pair_is_two_binds_and_a_count_multiplies() -> None:
    """One that submits and one that receives, `binds` times."""
    options = LinkOptions(name="main", host="host", system_id="u", password="", mode=BindMode.PAIR, count=2)
    assert [type(bind) for bind in options.binds()] == [BindTransmitter, BindReceiver] * 2
