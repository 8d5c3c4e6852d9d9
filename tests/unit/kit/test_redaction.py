"""Secrets are removed from logs."""

from typing import Any

import pytest

from server.kit.redaction import MASK, is_sensitive, redact_query, redact_text, redact_url, redact_value


@pytest.mark.parametrize(
    "name",
    [
        "password", "Password", "PASSWORD", " password", "new_password", "oldPassword", "passwd", "pwd", "pass",
        "passphrase", "password_hash", "stored_hash", "token", "accessToken", "access_token", "refresh-token",
        "secret", "client_secret", "authorization", "Proxy-Authorization", "auth", "cookie", "Set-Cookie", "set_cookie",
        "api_key", "X-API-Key", "session", "session_id", "signature", "credentials", "password[]", "password[0]",
        "user[password]", "user.password", "Pass.Word", "password2", "pass word", "password\u200b",
    ],
)  # fmt: skip
def test_names_of_secrets_are_known_in_any_spelling(name: str) -> None:
    """Case, hyphens, underscores and prefixes make no difference."""
    assert is_sensitive(name)


@pytest.mark.parametrize(
    "name",
    ["", "login", "to", "message", "passport", "token_count", "account", "key", "idempotencyKey", "author"],
)
def test_other_names_are_left_alone(name: str) -> None:
    """Everything else in a log stays readable."""
    assert not is_sensitive(name)


@pytest.mark.parametrize(
    ("query", "redacted"),
    [
        ("", ""),
        ("login=anne&password=Abcd1234&to=%2B44", "login=anne&password=[redacted]&to=%2B44"),
        ("PASSWORD=x", "PASSWORD=[redacted]"),
        ("pass%77ord=x", "pass%77ord=[redacted]"),
        ("+password=x", "+password=[redacted]"),
        ("password=a=b", "password=[redacted]"),
        ("a=1;password=x;b=2", "a=[redacted]"),
        ("password=x&password=y", "password=[redacted]&password=[redacted]"),
        ("access_token=x", "access_token=[redacted]"),
        ("password", "password"),
        ("password=", "password="),
        ("a=password", "a=password"),
        ("password[]=x", "password[]=[redacted]"),
        ("password%5B%5D=x", "password%5B%5D=[redacted]"),
        ("a=1&password%3Dx&b=2", "a=1&[redacted]&b=2"),
        ("password%253Dx", "[redacted]"),
        ("pass%2577ord=x", "pass%2577ord=[redacted]"),
        ("%2570assword=x", "%2570assword=[redacted]"),
        ("a=1%26password%3Dx", "a=[redacted]"),
        ("a=1%2526pass%2577ord%253Dx", "a=[redacted]"),
        ("a=1;pass%77ord=x", "a=[redacted]"),
        ("login=a?password=x", "login=[redacted]"),
    ],
)
def test_a_query_keeps_all_but_the_values_of_secrets(query: str, redacted: str) -> None:
    """The secret is masked, and the rest stays unchanged."""
    assert redact_query(query) == redacted


@pytest.mark.parametrize(
    ("query", "redacted"),
    [
        ("Account=a&login=b", "Account=a&login=b"),
        ("pasword=x&mot_de_passe=x", "pasword=[redacted]&mot_de_passe=[redacted]"),
        ("login=a&x%20y", "login=a&[redacted]"),
        ("login=a&abcd1234", "login=a&[redacted]"),
        ("login=a&x%20y=1&", "login=a&[redacted]&"),
        ("login=a%3Bpassword=x", "login=[redacted]"),
        ("x=", "x="),
    ],
)
def test_where_it_is_said_what_may_be_shown_nothing_else_is(query: str, redacted: str) -> None:
    """A misspelt field may hold a secret too."""
    assert redact_query(query, shown={"account", "login"}) == redacted


@pytest.mark.parametrize(
    ("url", "redacted"),
    [
        ("/http2sms", "/http2sms"),
        ("/http2sms?password=x&to=1", "/http2sms?password=[redacted]&to=1"),
        ("https://example.org/a?token=x#part", "https://example.org/a?token=[redacted]#part"),
        ("https://example.org/a?x=1", "https://example.org/a?x=1"),
        ("https://anne:s3cret@example.org/", "https://anne:[redacted]@example.org/"),
        ("postgres://anne:s3cret@db:5432/x?sslmode=1", "postgres://anne:[redacted]@db:5432/x?sslmode=1"),
        ("https://anne@example.org/", "https://anne@example.org/"),
        ("https://example.org:80/@x", "https://example.org:80/@x"),
        ("/a?password=x?y", "/a?password=[redacted]"),
        ("/a?b?password=x", "/a?b?password=[redacted]"),
    ],
)
def test_a_url_keeps_all_but_its_secrets(url: str, redacted: str) -> None:
    """Secrets are removed from the query and before the host."""
    assert redact_url(url) == redacted


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("nothing to hide", "nothing to hide"),
        (
            'GET "/http2sms?login=a&password=x&to=1" 200',
            'GET "/http2sms?login=a&password=[redacted]&to=1" 200',
        ),
        ("got pass%77ord=x", "got pass%77ord=[redacted]"),
        ("got password%3Dx and 100% more", "got [redacted] and 100% more"),
        ("got password[]=x", "got password[]=[redacted]"),
        ('got {"password": "x y", "a": "b"}', 'got {"password": [redacted], "a": "b"}'),
        ("GET /x?pass%77ord=x", "GET /x?pass%77ord=[redacted]"),
        ("with Password = hunter2, login=anne", "with Password = [redacted], login=anne"),
        ("to redis://:s3cret@cache:6379", "to redis://:[redacted]@cache:6379"),
        ("authorization was Bearer abcdefgh.ijkl", "authorization was Bearer [redacted]"),
        ("authorization was basic YW5uZTp4eA==", "authorization was basic [redacted]"),
        ("a bearer of bad news", "a bearer of bad news"),
        ("api_key=x api-key=y", "api_key=[redacted] api-key=[redacted]"),
    ],
)
def test_free_text_keeps_all_but_the_secrets_in_it(text: str, redacted: str) -> None:
    """Quoted requests, assignments and credentials are masked in place."""
    assert redact_text(text) == redacted


@pytest.mark.parametrize(
    ("value", "redacted"),
    [
        (None, None),
        (7, 7),
        ({"password": "x", "login": "a"}, {"password": MASK, "login": "a"}),
        ({"a": {"b": [{"Token": "x"}]}}, {"a": {"b": [{"Token": MASK}]}}),
        ({"password": None}, {"password": MASK}),
        ({1: "x", b"cookie": b"y"}, {1: "x", b"cookie": MASK}),
        ([("Authorization", "Bearer x"), ("Host", "h")], [("Authorization", MASK), ("Host", "h")]),
        ([(b"cookie", b"x"), (b"\xff", b"y")], [(b"cookie", MASK), (b"\xff", b"y")]),
        (["cookie", "x"], ["cookie", MASK]),
        (("a", "b", "password=x"), ("a", "b", f"password={MASK}")),
        (["a", "b", "password=x"], ["a", "b", f"password={MASK}"]),
        (["password=x"], [f"password={MASK}"]),
        ({"/?password=x"}, [f"/?password={MASK}"]),
        (b"/?password=x", f"/?password={MASK}".encode()),
        (b"\xff?password=x", f"\ufffd?password={MASK}".encode()),
        ((1, "x"), (1, "x")),
    ],
)
def test_values_of_any_shape_lose_their_secrets(value: Any, redacted: Any) -> None:
    """Mappings, lists, headers, texts and bytes are all searched."""
    assert redact_value(value) == redacted
    assert type(redact_value(value)) is type(redacted)


def test_the_original_is_left_as_it_was() -> None:
    """Logs get a copy; the program's own value keeps its secret."""
    value = {"a": [{"password": "x"}]}
    redact_value(value)
    assert value == {"a": [{"password": "x"}]}


def test_what_is_nested_too_deep_is_masked_whole() -> None:
    """Eight containers are searched, the ninth is not shown."""
    value: Any = "end"
    for _ in range(8):
        value = [value]
    assert redact_value(value) == value
    assert MASK not in str(redact_value(value))
    assert "end" not in str(redact_value([value]))
    deep: Any = {"x": {"x": {"x": {"x": {"x": {"x": {"x": {"x": {"x": "end"}}}}}}}}}
    assert str(redact_value(deep)).count("x") == 8
    pairs: Any = "end"
    for _ in range(9):
        pairs = ("x", pairs)
    assert "end" not in str(redact_value(pairs))
