"""PDUs in words."""

from server.gateways.smpp.pdu import BindTransceiver, DeliverSm, SubmitSmResponse, Tag, Unknown
from server.gateways.smpp.trace import describe


def test_a_bind_shows_all_but_its_password() -> None:
    """A trace may be sent to the operator's support."""
    shown = describe(BindTransceiver(1, system_id="chappe", password="s3cr3t"))
    assert shown == "BindTransceiver #1 system_id='chappe' password=******** interface_version=52"


def test_a_response_shows_its_status() -> None:
    """By name, or by number without one."""
    assert describe(SubmitSmResponse(3, 0x58)) == "SubmitSmResponse #3 ESME_RTHROTTLED"
    assert describe(SubmitSmResponse(3, message_id="a1")) == "SubmitSmResponse #3 ESME_ROK message_id='a1'"


def test_tlvs_are_named_and_long_values_cut() -> None:
    """No raw text of an operator reaches the terminal."""
    pdu = DeliverSm(4, tlvs={Tag.MESSAGE_STATE: b"\x02", 0x1400: b"\x1b[2J"}, short_message=b"x" * 100)
    assert describe(pdu) == (
        f"DeliverSm #4 short_message=b'{'x' * 80}'… message_state=b'\\x02' tlv_0x1400=b'\\x1b[2J'"
    )


def test_an_unknown_command_shows_its_number() -> None:
    """And its octets."""
    shown = describe(Unknown(sequence=9, command_id=0x112, body=b"?"))
    assert shown == "command 0x00000112 #9 body=b'?'"
