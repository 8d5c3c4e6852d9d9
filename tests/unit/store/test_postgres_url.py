"""PostgreSQL URLs, read as by libpq, without the password in refusals."""

import ssl
from pathlib import Path
from urllib.parse import quote

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from server.store.postgres_url import MAX_POOL_SIZE, connection_arguments, pool_arguments


def test_a_whole_url() -> None:
    """Each part is in its place; the pool is bounded."""
    assert pool_arguments("postgres://me:secret@db.example.com:5433/chappe") == {
        "host": "db.example.com", "port": 5433, "user": "me", "password": "secret", "database": "chappe",
        "maxsize": MAX_POOL_SIZE,
    }  # fmt: skip


def test_what_is_left_out_is_left_to_the_driver() -> None:
    """It reads PGUSER, PGPASSWORD and so on."""
    assert pool_arguments("postgres://") == {
        "host": None, "port": 5432, "user": None, "password": None, "database": None, "maxsize": MAX_POOL_SIZE,
    }  # fmt: skip


def test_parameters_stand_in_for_parts() -> None:
    """A socket's folder is in `host`, as in libpq."""
    url = "postgresql:///chappe?host=/run/postgresql&port=5433&user=me&password=secret&connect_timeout=3"
    found = pool_arguments(url + "&maxsize=3&application_name=sms&statement_cache_size=0")
    assert found == {
        "host": "/run/postgresql", "port": 5433, "user": "me", "password": "secret", "database": "chappe",
        "maxsize": 3, "timeout": 3.0, "application_name": "sms", "statement_cache_size": 0,
    }  # fmt: skip


def test_one_connection_has_no_pool() -> None:
    """And asyncpg takes the application's name as a server setting."""
    found = connection_arguments("postgres://me@db/chappe?maxsize=3&application_name=sms")
    assert found == {
        "host": "db", "port": 5432, "user": "me", "password": None, "database": "chappe",
        "server_settings": {"application_name": "sms"},
    }  # fmt: skip


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1))
def test_every_password_can_be_encoded(password: str) -> None:
    """Every password can be percent-encoded."""
    assert pool_arguments(f"postgres://me:{quote(password, safe='')}@db/chappe")["password"] == password


@pytest.mark.parametrize("password", ["p@ss", "p/w", "p#w", "p?w", "p:w", "[pw]", "p w", "100%"])
def test_a_password_may_stand_as_it_is(password: str) -> None:
    """Everything before the last @ is user and password."""
    found = pool_arguments(f"postgres://me:{password}@db:5433/chappe")
    assert (found["user"], found["password"], found["host"], found["database"]) == (
        "me", password, "db", "chappe",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("sslmode=require", "require"), ("sslmode=disable", "disable"), ("sslmode=verify-full", "verify-full"),
        ("ssl=disable", "disable"), ("ssl=false", "disable"), ("ssl=true", "require"), ("ssl=prefer", "prefer"),
        ("sslmode=disable&sslrootcert=/nowhere", "disable"),
    ],
)  # fmt: skip
def test_a_mode_of_tls(query: str, expected: str) -> None:
    """`sslmode` as in libpq, and `ssl` as well."""
    assert pool_arguments(f"postgres://db/chappe?{query}")["ssl"] == expected


@pytest.mark.parametrize(
    ("mode", "checks_name"), [("require", False), ("verify-ca", False), ("verify-full", True), (None, True)]
)
def test_a_root_certificate_is_verified_by(mode: str | None, *, checks_name: bool, tmp_path: Path) -> None:
    """In any mode, a given root has to have signed; verify-full compares the host."""
    root = tmp_path / "root.pem"
    trustme.CA().cert_pem.write_to_path(str(root))
    query = f"sslrootcert={root}" + (f"&sslmode={mode}" if mode else "")
    context = pool_arguments(f"postgres://db/chappe?{query}")["ssl"]
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, checks_name)


def test_the_systems_roots_compare_the_host() -> None:
    """As in libpq: otherwise any owner of a certificate could impersonate the server."""
    context = pool_arguments("postgres://db/chappe?sslmode=require&sslrootcert=system")["ssl"]
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_a_certificate_of_ones_own(tmp_path: Path) -> None:
    """It is sent to the server; `require` alone verifies nothing."""
    own = tmp_path / "own.pem"
    trustme.CA().issue_cert("me").private_key_and_cert_chain_pem.write_to_path(str(own))
    context = pool_arguments(f"postgres://db/chappe?sslmode=require&sslcert={own}")["ssl"]
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_NONE, False)


@pytest.mark.parametrize(
    ("place", "named"),
    [
        ("db:port/chappe", "port"), ("db:99999/chappe", "port"), ("db/chappe?port=x", "port"),
        ("a,b/chappe", "one host"), ("db/chappe?sslmod=require", "'sslmod'"), ("db/chappe?sslmode=always", "sslmode"),
        ("db/chappe?ssl=yes", "sslmode"), ("db/chappe?maxsize=many", "maxsize"),
        ("db/chappe?sslrootcert=/nowhere", "sslrootcert"), ("db/chappe?sslmode=require&sslcert=/nowhere", "sslcert"),
        ("db/chappe?sslmode=prefer&sslrootcert=system", "sslrootcert"), ("[::1/chappe", "IPv6"),
    ],
)  # fmt: skip
def test_a_wrong_url_is_named(place: str, named: str) -> None:
    """The message says what is wrong, without the password."""
    with pytest.raises(ValueError, match=named) as caught:
        pool_arguments(f"postgres://me:hidden@{place}")
    assert "hidden" not in str(caught.value)
