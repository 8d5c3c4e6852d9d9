"""Forms as multipart/form-data."""

import pytest

from server.errors import InvalidInput
from server.web.multipart import parts

TYPE = 'multipart/form-data; charset=utf-8; boundary="AaB03x"'


def form(*sections: str, end: str = "--AaB03x--\r\n") -> bytes:
    """Return a body of some parts, each with its header lines."""
    return ("".join(f"--AaB03x\r\n{section}\r\n" for section in sections) + end).encode()


def field(name: str, value: str) -> str:
    return f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'


def test_names_and_values_are_as_they_stand() -> None:
    """Line breaks, dashes and percent signs belong to the value; preamble and epilogue don't count."""
    values = {"message": "one\r\ntwo\r\n--AaB03 100%", "to[]": "+33612345678", "tag": ""}
    body = b"preamble\r\n" + form(*(field(*pair) for pair in values.items()), end="--AaB03x-- \r\nafter")
    assert {name.decode(): value.decode() for name, value in parts(body, TYPE, 9)} == values


@pytest.mark.parametrize(
    ("section", "pair"),
    [
        ("content-disposition: form-data; name=tag\r\n\r\nx", (b"tag", b"x")),
        (
            'Content-Type: text/plain\r\nContent-Disposition: form-data;\r\n name="tag"\r\n\r\nx',
            (b"tag", b"x"),
        ),
        ('Content-Disposition: form-data; name="a\\"b%22"\r\n\r\nx', (b'a"b"', b"x")),
        ('Content-Transfer-Encoding: 8bit\r\nContent-Disposition: form-data; name=""\r\n\r\nx', (b"", b"x")),
    ],
)
def test_headers_are_read_as_clients_write_them(section: str, pair: tuple[bytes, bytes]) -> None:
    """In any case, with and without quotes, folded, next to others."""
    assert list(parts(form(section), TYPE, 9)) == [pair]


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (form(field("a", "x")), "multipart/form-data", "names its boundary"),
        (form(field("a", "x")), f"multipart/form-data; boundary={'b' * 71}", "names its boundary"),
        (b"", TYPE, "not a complete"),
        (b"a=b", TYPE, "not a complete"),
        (form(field("a", "x"), end=""), TYPE, "not a complete"),
        (b"--AaB03xyz\r\n" + form(field("a", "x")), TYPE, "not a complete"),
        (form("Content-Disposition: form-data\r\n\r\nx"), TYPE, "has no name"),
        (form("\r\nx"), TYPE, "has no name"),
        (form('Content-Disposition: form-data; filename="a"; name="b"\r\n\r\nx'), TYPE, "not a file"),
        (form(f"Content-Transfer-Encoding: base64\r\n{field('a', 'eA==')}"), TYPE, "not a file"),
        (form(*(field(str(number), "x") for number in range(10))), TYPE, "more than 9 fields"),
    ],
)
def test_what_is_no_such_form_is_refused(body: bytes, content_type: str, reason: str) -> None:
    """With a reason."""
    with pytest.raises(InvalidInput, match=reason):
        list(parts(body, content_type, 9))


def test_the_most_fields_that_are_allowed_pass() -> None:
    """The bound is exact."""
    assert len(list(parts(form(*(field(str(number), "x") for number in range(9))), TYPE, 9))) == 9
