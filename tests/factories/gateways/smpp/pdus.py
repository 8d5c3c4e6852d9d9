"""PDUs of all kinds, for property tests."""

from dataclasses import fields
from typing import Any

from hypothesis import strategies as st

from server.gateways.smpp.pdu import CLASSES, NO_TLVS, Pdu, Unknown

octet = st.integers(0, 0xFF)
sequences = st.integers(1, 0x7FFFFFFF)
texts = st.text(st.characters(min_codepoint=1, max_codepoint=0xFF), max_size=20)
contents = st.binary(max_size=255)
tlvs = st.dictionaries(st.integers(0, 0xFFFF), st.binary(max_size=40), max_size=4)
_KNOWN = {cls.command_id for cls in CLASSES}


def pdus(*classes: type[Pdu]) -> st.SearchStrategy[Pdu]:
    """Return PDUs of these classes, or of all of them."""
    return st.one_of([_of(cls) for cls in classes or CLASSES])


def unknown_pdus() -> st.SearchStrategy[Pdu]:
    """Return PDUs of commands that we don't know."""
    return st.builds(
        Unknown,
        sequence=sequences,
        status=st.integers(0, 0xFFFFFFFF),
        tlvs=st.just(NO_TLVS),
        command_id=st.integers(0, 0xFFFFFFFF).filter(lambda command: command not in _KNOWN),
        body=st.binary(max_size=60),
    )


def _of(cls: type[Pdu]) -> st.SearchStrategy[Pdu]:
    common = {"sequence": sequences, "status": st.integers(0, 0xFFFFFFFF), "tlvs": tlvs}
    kinds: dict[Any, st.SearchStrategy[Any]] = {str: texts, int: octet, bytes: contents}
    own = {field.name: kinds[field.type] for field in fields(cls) if field.name not in common}
    return st.builds(cls, **common, **own)
