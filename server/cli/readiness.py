"""Checks what the production profile needs."""

from server.cli.terminal import CommandRefused
from server.settings import Profile, Settings

# The minimum for argon2id in OWASP's password storage cheat sheet: 19 MiB, with two passes.
MIN_PASSWORD_MEMORY_KIB = 19_456
MIN_PASSWORD_PASSES = 2


def check_production(settings: Settings) -> None:
    """Check the settings of a web server; in development anything goes.

    Raises:
        CommandRefused: in production, with the first unsuitable setting and the reason.
    """
    if settings.profile is not Profile.PRODUCTION:
        return
    if not settings.web.trusted_proxies:
        raise CommandRefused(
            "CHAPPE_TRUSTED_PROXIES: production needs HTTPS, so name the proxy that terminates it; "
            "otherwise every client would seem to have the proxy's address."
        )
    if not settings.secure_cookies:
        raise CommandRefused("CHAPPE_COOKIE_SECURE: in production the session cookie goes over HTTPS only.")
    if (
        settings.security.password_memory_kib < MIN_PASSWORD_MEMORY_KIB
        or settings.security.password_time_cost < MIN_PASSWORD_PASSES
    ):
        raise CommandRefused(
            f"CHAPPE_PASSWORD_MEMORY_KIB, CHAPPE_PASSWORD_TIME_COST: production needs at least "
            f"{MIN_PASSWORD_MEMORY_KIB} KiB and {MIN_PASSWORD_PASSES} passes."
        )
    if settings.mail.smtp_host is not None and settings.web.public_url is None:
        raise CommandRefused(
            "CHAPPE_PUBLIC_URL: a mail server is set, and mails have links to this server's pages; "
            "set its address from outside, like https://sms.example.org."
        )
    if settings.security.secret_key is None:
        raise CommandRefused("CHAPPE_SECRET_KEY: production needs one, of at least 32 characters.")
