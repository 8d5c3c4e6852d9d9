"""Forms as multipart/form-data (RFC 7578), as from `curl -F` and many libraries."""

import re
from collections.abc import Iterator

from server.errors import InvalidInput

MEDIA_TYPE = "multipart/form-data"

# RFC 2046, section 5.1.1.
_BOUNDARY = re.compile(r""";\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))(?![^\s;])""", re.IGNORECASE)
_DISPOSITION = re.compile(rb"content-disposition:\s*form-data\s*(;.*)", re.IGNORECASE)
_NAME = re.compile(rb""";\s*name=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))""", re.IGNORECASE)
_FILE = re.compile(rb";\s*filename\*?=", re.IGNORECASE)
_ENCODED = re.compile(rb"content-transfer-encoding:(?!\s*(?:7bit|8bit|binary)\s*$)", re.IGNORECASE)
_ESCAPED = re.compile(rb"\\(.)|%(22|0D|0A)", re.IGNORECASE)


def parts(body: bytes, content_type: str, max_fields: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield names and values as raw octets.

    Raises:
        InvalidInput: the form is malformed, has more than `max_fields` fields, or contains a file.
    """
    boundary = _BOUNDARY.search(content_type)
    if boundary is None:
        raise InvalidInput(f"The content type {MEDIA_TYPE} names its boundary.")
    delimiter = b"\r\n--" + (boundary[1] or boundary[2]).encode()
    _, *sections = (b"\r\n" + body).split(delimiter, max_fields + 2)
    for number, section in enumerate(sections):
        if section.startswith(b"--"):
            return
        if number == max_fields:
            raise InvalidInput(f"There are more than {max_fields} fields.")
        padding, line_end, rest = section.partition(b"\r\n")
        if padding.strip(b" \t") or not line_end:
            break
        yield _part(rest)
    raise InvalidInput(f"The body is not a complete {MEDIA_TYPE}.")


def _part(section: bytes) -> tuple[bytes, bytes]:
    head, _, value = section.partition(b"\r\n\r\n")
    lines = re.sub(rb"\r\n[ \t]+", b" ", head).split(b"\r\n")
    disposition = next((match[1] for match in map(_DISPOSITION.match, lines) if match), b"")
    name = _NAME.search(disposition)
    if name is None:
        raise InvalidInput(f"A field of {MEDIA_TYPE} has no name.")
    if _FILE.search(disposition) or any(map(_ENCODED.match, lines)):
        raise InvalidInput("A field is plain text, not a file.")
    return _ESCAPED.sub(_unescaped, name[1] if name[1] is not None else name[2]), value


def _unescaped(match: re.Match[bytes]) -> bytes:
    return match[1] if match[1] is not None else bytes.fromhex(match[2].decode())
