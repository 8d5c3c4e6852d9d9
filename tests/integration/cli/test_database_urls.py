"""PostgreSQL URLs against a real server: TLS, and passwords with any characters."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import asyncpg
import pytest

from tests.factories.outbound.mail_server import Authority
from tests.integration.cli.conftest import CommandLine

SSL_REQUEST = bytes.fromhex("00000008 04d2162f")
PASSWORD = "p@ss/w#rd?[1]:%%"


class TlsFront:
    """Ends TLS as a PostgreSQL server does, after the client's SSLRequest, in front of one that has none."""

    def __init__(self, backend: str, context: ssl.SSLContext) -> None:
        """Take the server's socket, and what its certificate is in."""
        self._backend, self._context = backend, context
        self.port = 0
        self.encrypted = 0
        self.has_tls = True

    async def open(self) -> asyncio.Server:
        """Listen on a free port."""
        server = await asyncio.start_server(self._serve, "localhost", 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_unix_connection(self._backend)
        try:
            first = await reader.readexactly(len(SSL_REQUEST))
            if first == SSL_REQUEST:
                writer.write(b"S" if self.has_tls else b"N")
                if not self.has_tls:
                    return
                await writer.start_tls(self._context)
                self.encrypted += 1
            else:
                inner_writer.write(first)
            await asyncio.gather(_pass_on(reader, inner_writer), _pass_on(inner_reader, writer))
        except (OSError, asyncio.IncompleteReadError):
            pass  # a client that does not trust the certificate hangs up
        finally:
            writer.close()
            inner_writer.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    writer.close()


@contextmanager
def _beside(front: TlsFront) -> Iterator[TlsFront]:
    """Run it in a thread: the command under test has its own loop."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(front.open(), loop).result()
    try:
        yield front
    finally:

        async def end() -> None:
            server.close()
            await asyncio.sleep(0)
            mine = asyncio.current_task()
            others = [task for task in asyncio.all_tasks() if task is not mine]
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture
def authority() -> Authority:
    """Who signed the server's certificate."""
    return Authority()


@pytest.fixture
def front(postgres_database: str, authority: Authority) -> Iterator[TlsFront]:
    """The tests' PostgreSQL server, behind TLS as localhost."""
    folder = dict(parse_qsl(urlsplit(postgres_database).query))["host"]
    [backend] = Path(folder).glob(".s.PGSQL.*[0-9]")
    with _beside(TlsFront(str(backend), authority.server_context("localhost"))) as front:
        yield front


@pytest.fixture
def migrate(postgres_database: str, front: TlsFront, chappe: CommandLine) -> "Migrate":
    """`chappe migrate` over TLS, with a query of the test's."""
    return Migrate(chappe, front, urlsplit(postgres_database).path)


class Migrate:
    """Runs the command on a URL."""

    def __init__(self, chappe: CommandLine, front: TlsFront, path: str) -> None:
        """Take the command line, what it goes through, and the database's name."""
        self._chappe, self._front, self._path = chappe, front, path

    def __call__(self, query: str, *, host: str = "localhost") -> tuple[int, str]:
        """Return the exit status and all that was printed."""
        url = f"postgres://postgres@{host}:{self._front.port}{self._path}?{query}"
        result = self._chappe("migrate", CHAPPE_DATABASE_URL=url)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.output


@pytest.fixture
def database_url(postgres_database: str) -> str:
    """PostgreSQL alone."""
    return postgres_database


@pytest.mark.parametrize("query", ["sslmode=require", "ssl=true", "ssl=require"])
def test_tls_without_a_root(migrate: Migrate, front: TlsFront, query: str) -> None:
    """`require` is encrypted, for the pool and for the migrator's own connection."""
    assert migrate(query)[0] == 0
    assert front.encrypted > 1


@pytest.mark.parametrize("query", ["sslmode=disable", "ssl=disable"])
def test_no_tls(migrate: Migrate, front: TlsFront, query: str) -> None:
    """`disable` is not encrypted, and does not ask."""
    assert migrate(query)[0] == 0
    assert front.encrypted == 0


def test_a_verified_server(migrate: Migrate, authority: Authority, tmp_path: Path) -> None:
    """With the root that signed it; another's is refused in one line, and so is another name."""
    own, other = tmp_path / "own.pem", tmp_path / "other.pem"
    authority.root.cert_pem.write_to_path(str(own))
    Authority().root.cert_pem.write_to_path(str(other))
    assert migrate(f"sslmode=verify-full&sslrootcert={own}")[0] == 0
    status, said = migrate(f"sslmode=verify-full&sslrootcert={other}")
    assert (status, len(said.splitlines()), "CERTIFICATE_VERIFY_FAILED" in said) == (1, 1, True)
    status, said = migrate(f"sslmode=verify-full&sslrootcert={own}", host="127.0.0.1")
    assert (status, len(said.splitlines())) == (1, 1)
    assert migrate(f"sslmode=verify-ca&sslrootcert={own}", host="127.0.0.1")[0] == 0


def test_a_server_without_tls(migrate: Migrate, front: TlsFront) -> None:
    """A client that requires TLS refuses to connect without it, in one line."""
    front.has_tls = False
    status, said = migrate("sslmode=require")
    assert (status, len(said.splitlines()), "SSL" in said) == (1, 1, True)


def test_a_password_of_reserved_characters(postgres_database: str, chappe: CommandLine) -> None:
    """It signs in as it stands, and a URL that can't be read is one line without it."""

    async def create() -> None:
        connection = await asyncpg.connect(postgres_database)
        await connection.execute("DROP ROLE IF EXISTS awkward")
        await connection.execute(f"CREATE ROLE awkward SUPERUSER LOGIN PASSWORD '{PASSWORD}'")
        await connection.close()

    asyncio.run(create())
    parts = urlsplit(postgres_database)
    url = f"postgres://awkward:{PASSWORD}@{parts.path}?{parts.query}"
    assert chappe("migrate", CHAPPE_DATABASE_URL=url).exit_code == 0
    result = chappe("migrate", CHAPPE_DATABASE_URL=f"postgres://awkward:{PASSWORD}@db:x{parts.path}")
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)
    assert "CHAPPE_DATABASE_URL" in result.stderr
    assert PASSWORD not in result.output
