"""The PDUs of SMPP 3.4 that an ESME needs, as immutable values. Section numbers are the specification's.

Each class has its command id and the layout of its mandatory fields, which the codec follows. Texts in
C-octet strings are Latin-1, which keeps every octet.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar

VERSION = 0x34

RESPONSE = 0x80000000
"""The bit of a command id that turns a request into a response (§5.1.2.1)."""

TEXT = 0
OCTETS = -1
Layout = tuple[int, ...]
"""Mandatory fields in order: TEXT is a C-octet string, OCTETS a length and as many octets, and any other
number as many one-octet integers."""

NO_TLVS: Mapping[int, bytes] = MappingProxyType({})


class Tag:
    """The optional parameters that this link reads or writes (§5.3.2)."""

    RECEIPTED_MESSAGE_ID = 0x001E
    SC_INTERFACE_VERSION = 0x0210
    SAR_MSG_REF_NUM = 0x020C
    SAR_TOTAL_SEGMENTS = 0x020E
    SAR_SEGMENT_SEQNUM = 0x020F
    NETWORK_ERROR_CODE = 0x0423
    MESSAGE_PAYLOAD = 0x0424
    MESSAGE_STATE = 0x0427


class EsmClass:
    """Bits of `esm_class` (§5.2.12)."""

    DEFAULT = 0x00
    TYPE_MASK = 0x3C
    RECEIPT = 0x04
    INTERMEDIATE = 0x20
    UDH = 0x40


@dataclass(frozen=True, slots=True)
class Pdu:
    """The base of all PDUs: a sequence number, a command status, and optional parameters by tag."""

    command_id: ClassVar[int]
    layout: ClassVar[Layout] = ()

    sequence: int = 0
    status: int = 0
    tlvs: Mapping[int, bytes] = field(default_factory=lambda: NO_TLVS)

    @property
    def is_response(self) -> bool:
        """Tell whether this is a response."""
        return bool(self.command_id & RESPONSE)


@dataclass(frozen=True, slots=True)
class Bind(Pdu):
    """Opens a session (§4.1); the subclass says for which direction."""

    layout: ClassVar[Layout] = (TEXT, TEXT, TEXT, 3, TEXT)

    system_id: str = ""
    password: str = ""
    system_type: str = ""
    interface_version: int = VERSION
    addr_ton: int = 0
    addr_npi: int = 0
    address_range: str = ""


@dataclass(frozen=True, slots=True)
class BindReceiver(Bind):
    """Opens a session for what the operator sends."""

    command_id: ClassVar[int] = 0x00000001


@dataclass(frozen=True, slots=True)
class BindTransmitter(Bind):
    """Opens a session for submissions."""

    command_id: ClassVar[int] = 0x00000002


@dataclass(frozen=True, slots=True)
class BindTransceiver(Bind):
    """Opens a session for both."""

    command_id: ClassVar[int] = 0x00000009


@dataclass(frozen=True, slots=True)
class BindResponse(Pdu):
    """The operator's answer to a bind."""

    layout: ClassVar[Layout] = (TEXT,)

    system_id: str = ""


@dataclass(frozen=True, slots=True)
class BindReceiverResponse(BindResponse):
    """The answer to `BindReceiver`."""

    command_id: ClassVar[int] = 0x80000001


@dataclass(frozen=True, slots=True)
class BindTransmitterResponse(BindResponse):
    """The answer to `BindTransmitter`."""

    command_id: ClassVar[int] = 0x80000002


@dataclass(frozen=True, slots=True)
class BindTransceiverResponse(BindResponse):
    """The answer to `BindTransceiver`."""

    command_id: ClassVar[int] = 0x80000009


@dataclass(frozen=True, slots=True)
class ShortMessage(Pdu):
    """One message: the fields that `submit_sm` and `deliver_sm` have in common (§4.4.1, §4.6.1)."""

    layout: ClassVar[Layout] = (TEXT, 2, TEXT, 2, TEXT, 3, TEXT, TEXT, 4, OCTETS)

    service_type: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    dest_addr_ton: int = 0
    dest_addr_npi: int = 0
    destination_addr: str = ""
    esm_class: int = 0
    protocol_id: int = 0
    priority_flag: int = 0
    schedule_delivery_time: str = ""
    validity_period: str = ""
    registered_delivery: int = 0
    replace_if_present_flag: int = 0
    data_coding: int = 0
    sm_default_msg_id: int = 0
    short_message: bytes = b""

    @property
    def content(self) -> bytes:
        """Return the octets of the message, from `short_message` or a TLV."""
        return self.short_message or self.tlvs.get(Tag.MESSAGE_PAYLOAD, b"")


@dataclass(frozen=True, slots=True)
class SubmitSm(ShortMessage):
    """A message for a phone."""

    command_id: ClassVar[int] = 0x00000004


@dataclass(frozen=True, slots=True)
class DeliverSm(ShortMessage):
    """A message from a phone, or a receipt."""

    command_id: ClassVar[int] = 0x00000005


@dataclass(frozen=True, slots=True)
class DataSm(Pdu):
    """A message or receipt whose octets are in a TLV (§4.7.1)."""

    command_id: ClassVar[int] = 0x00000103
    layout: ClassVar[Layout] = (TEXT, 2, TEXT, 2, TEXT, 3)

    service_type: str = ""
    source_addr_ton: int = 0
    source_addr_npi: int = 0
    source_addr: str = ""
    dest_addr_ton: int = 0
    dest_addr_npi: int = 0
    destination_addr: str = ""
    esm_class: int = 0
    registered_delivery: int = 0
    data_coding: int = 0

    @property
    def content(self) -> bytes:
        """Return the octets of the message."""
        return self.tlvs.get(Tag.MESSAGE_PAYLOAD, b"")


@dataclass(frozen=True, slots=True)
class MessageIdResponse(Pdu):
    """An answer with a message id."""

    layout: ClassVar[Layout] = (TEXT,)

    message_id: str = ""


@dataclass(frozen=True, slots=True)
class SubmitSmResponse(MessageIdResponse):
    """The answer to `SubmitSm`: the id that receipts will have, or a status with the reason why not."""

    command_id: ClassVar[int] = 0x80000004


@dataclass(frozen=True, slots=True)
class DeliverSmResponse(MessageIdResponse):
    """The answer to `DeliverSm`; its id is always empty."""

    command_id: ClassVar[int] = 0x80000005


@dataclass(frozen=True, slots=True)
class DataSmResponse(MessageIdResponse):
    """The answer to `DataSm`."""

    command_id: ClassVar[int] = 0x80000103


@dataclass(frozen=True, slots=True)
class EnquireLink(Pdu):
    """Asks whether the other side is still there (§4.11)."""

    command_id: ClassVar[int] = 0x00000015


@dataclass(frozen=True, slots=True)
class EnquireLinkResponse(Pdu):
    """The answer to `EnquireLink`."""

    command_id: ClassVar[int] = 0x80000015


@dataclass(frozen=True, slots=True)
class Unbind(Pdu):
    """Closes the session (§4.2)."""

    command_id: ClassVar[int] = 0x00000006


@dataclass(frozen=True, slots=True)
class UnbindResponse(Pdu):
    """The answer to `Unbind`."""

    command_id: ClassVar[int] = 0x80000006


@dataclass(frozen=True, slots=True)
class GenericNack(Pdu):
    """The other side could not read a PDU (§4.3)."""

    command_id: ClassVar[int] = 0x80000000


@dataclass(frozen=True, slots=True)
class Unknown(Pdu):
    """Any other PDU, or one without all its mandatory fields: the header and the rest."""

    command_id: int = 0  # type: ignore[misc] # per object here, per class elsewhere
    body: bytes = b""


FromOperator = DeliverSm | DataSm
"""What an operator sends: messages from phones, and receipts."""

CLASSES: tuple[type[Pdu], ...] = (
    BindReceiver,
    BindTransmitter,
    BindTransceiver,
    BindReceiverResponse,
    BindTransmitterResponse,
    BindTransceiverResponse,
    SubmitSm,
    SubmitSmResponse,
    DeliverSm,
    DeliverSmResponse,
    DataSm,
    DataSmResponse,
    EnquireLink,
    EnquireLinkResponse,
    Unbind,
    UnbindResponse,
    GenericNack,
)
"""Every PDU that has its own command id."""
