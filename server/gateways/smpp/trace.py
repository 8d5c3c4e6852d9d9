"""PDUs in words, for a person who sets up a link."""

from dataclasses import fields

from server.gateways.smpp.pdu import Bind, Pdu, Tag, Unknown
from server.gateways.smpp.statuses import status_name

_HIDDEN = "********"
_MAX_OCTETS = 80
_TAGS = {value: name.lower() for name, value in vars(Tag).items() if isinstance(value, int)}
_HEADER = frozenset({"sequence", "status", "tlvs", "command_id"})


def describe(pdu: Pdu) -> str:
    """Return a PDU in one line: its name, number and status, and every field that is not empty or zero.

    A password is hidden. Messages are shown, since this is for the person who sent them.
    """
    name = f"command 0x{pdu.command_id:08X}" if isinstance(pdu, Unknown) else type(pdu).__name__
    status = f" {status_name(pdu.status)}" if pdu.is_response else ""
    shown = [f"{name} #{pdu.sequence}{status}"]
    for each in fields(pdu):
        value = getattr(pdu, each.name)
        if each.name not in _HEADER and value:
            hidden = isinstance(pdu, Bind) and each.name == "password"
            shown.append(f"{each.name}={_HIDDEN if hidden else _value(value)}")
    shown += [f"{_TAGS.get(tag, f'tlv_0x{tag:04X}')}={_value(value)}" for tag, value in pdu.tlvs.items()]
    return " ".join(shown)


def _value(value: str | int | bytes) -> str:
    if isinstance(value, int):
        return str(value)
    cut = value[:_MAX_OCTETS]
    # Escaping also keeps control characters from the operator off the terminal.
    return ascii(cut) + ("…" if len(value) > len(cut) else "")
