"""E-mail addresses."""

import pytest

from server.errors import ErrorCode, InvalidInput
from server.kit.email_address import email_key, parse_email


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("anne@example.org", "anne@example.org"),
        ("Anne.B@EXAMPLE.Org", "Anne.B@example.org"),
        ("a+b@x.example.co", "a+b@x.example.co"),
        ("a!#$%&'*+/?=^_`{|}~-z@1.example", "a!#$%&'*+/?=^_`{|}~-z@1.example"),
        ("a@x--y.xn--p1ai", "a@x--y.xn--p1ai"),
        ("a@b.c", "a@b.c"),
        ("a" * 64 + "@example.org", "a" * 64 + "@example.org"),
        ("a@" + "b" * 63 + ".org", "a@" + "b" * 63 + ".org"),
        ("a@127.0.0.com", "a@127.0.0.com"),
    ],
)
def test_an_everyday_address_passes_with_its_domain_in_lower_case(text: str, address: str) -> None:
    """Only the domain is case-insensitive for sure, so only the domain is changed."""
    assert parse_email(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "", "anne", "@example.org", "anne@", "anne@example", "anne@@example.org", "a@b@example.org", "anne @x.org",
        " anne@example.org", "anne@example.org ", "anne@example.org\n", ".anne@example.org", "anne.@example.org",
        "an..ne@example.org", "anne@.example.org", "anne@example..org", "anne@example.org.", "anne@-example.org",
        "anne@example-.org", "anne@exa_mple.org", "anne@[127.0.0.1]", "anne@127.0.0.1", '"anne"@example.org',
        "anné@example.org", "anne@exämple.org", "anne@example.٣", "anne@example.org\r\nBcc: x@example.org",
        "a" * 65 + "@example.org", "a@" + "b" * 64 + ".org", "<anne@example.org>", "anne,x@example.org",
        "=?utf-8?q?anne?=@example.org", "=?a?b?c?=@example.org", "anne=?x@example.org",
    ],
)  # fmt: skip
def test_any_other_text_is_refused(text: str) -> None:
    """Malformed, quoted and internationalised addresses are refused, and so are header injections."""
    with pytest.raises(
        InvalidInput, match=r"^An e-mail address is written like anne@example.org.$"
    ) as refusal:
        parse_email(text)
    assert refusal.value.code is ErrorCode.INVALID_EMAIL


def test_an_address_has_at_most_254_characters() -> None:
    """The bound on the whole is exact."""
    domain = ".".join(["b" * 61] * 4) + ".org"
    assert parse_email("a" * 2 + "@" + domain) == "aa@" + domain
    assert len("aa@" + domain) == 254
    with pytest.raises(InvalidInput):
        parse_email("aaa@" + domain)


def test_addresses_are_told_apart_without_regard_to_case() -> None:
    """Capitals in an address don't make a second holder."""
    assert email_key("Anne@example.org") == email_key("aNNE@example.org") == "anne@example.org"
