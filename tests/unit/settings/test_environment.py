"""Settings from environment variables: their names, what is refused, and what is shown."""

import pytest
from pydantic import ValidationError

from server.settings import Settings
from server.settings.environment import UnknownVariable, read, variable_of, variables

SECRETS = {
    "CHAPPE_SECRET_KEY": "hush" * 8,
    "CHAPPE_SMTP_HOST": "mail.example.org",
    "CHAPPE_SMTP_USER": "chappe",
    "CHAPPE_SMTP_PASSWORD": "hush-mail",
    "CHAPPE_MAIL_FROM": "sms@example.org",
    "CHAPPE_SMPP_URL": "smpp://chappe:hush-smpp@smsc.example.org:2775",
    "CHAPPE_DATABASE_URL": "postgres://chappe:hush-db@db.example.org/chappe?password=hush-query",
}


def test_without_variables_everything_is_at_its_default() -> None:
    """Whatever else is in the environment."""
    assert read({"PATH": "/bin", "HOST": "elsewhere"}) == Settings()


def test_every_variable_reaches_the_setting_of_its_name() -> None:
    """In its section and its form; several values are separated by commas."""
    settings = read(
        {
            "CHAPPE_PROFILE": "production",
            "CHAPPE_PORT": "9000",
            "CHAPPE_LOG_LEVEL": "WARNING",
            "CHAPPE_CALLBACK_ALLOWED_PORTS": "80, 8080",
            "CHAPPE_TRUSTED_PROXIES": "10.0.0.0/8,::1",
            "CHAPPE_COOKIE_SECURE": "false",
        }
    )
    assert (settings.profile, settings.web.port, settings.log_level) == ("production", 9000, "warning")
    assert settings.callbacks.allowed_ports == (80, 8080)
    assert list(map(str, settings.web.trusted_proxies)) == ["10.0.0.0/8", "::1/128"]
    assert settings.secure_cookies is False
    assert settings.having(web={"port": 1}).web.port == 1


def test_no_two_settings_have_one_variable() -> None:
    """Each has its own name, and a meaning."""
    names = [variable.name for variable in variables()]
    assert len(names) == len(set(names))
    assert all(variable.info.description for variable in variables())


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("CHAPPE_PROT", " Did you mean CHAPPE_PORT?"),
        ("CHAPPE_CALLBACKS_PARALLEL", " Did you mean CHAPPE_CALLBACK_PARALLEL?"),
        ("CHAPPE_Z", ""),
    ],
)
def test_a_name_that_is_none_is_refused(name: str, hint: str) -> None:
    """With a similar name, if there is one."""
    with pytest.raises(UnknownVariable) as caught:
        read({name: "1"})
    assert str(caught.value) == f"{name} is not a setting.{hint}"


@pytest.mark.parametrize("name", ["CHAPPE_LINK_MAIN", "CHAPPE_ADMIN_PASSWORD", "CHAPPE_OLD_SECRET_KEY"])
def test_names_that_others_read_are_left_to_them(name: str) -> None:
    """Links have their own variables, and two commands have one each."""
    assert read({name: "x"}) == Settings()


def test_all_that_is_wrong_is_named_at_once() -> None:
    """By its variable, in any section."""
    with pytest.raises(ValidationError) as caught:
        read({"CHAPPE_PORT": "x", "CHAPPE_PROFILE": "test", "CHAPPE_CALLBACK_ALLOWED_PORTS": "80,x"})
    wrong = {variable_of(problem["loc"]) for problem in caught.value.errors()}
    assert wrong == {"CHAPPE_PORT", "CHAPPE_PROFILE", "CHAPPE_CALLBACK_ALLOWED_PORTS"}


def test_secrets_are_masked_wherever_they_stand() -> None:
    """No shown value contains a secret, but shows that one is set."""
    settings = read(SECRETS)
    shown = {variable.name: variable.value(settings) for variable in variables()}
    assert "hush" not in repr(shown)
    assert "hush" not in repr(settings.mail) + repr(settings.security) + repr(settings.operators)
    assert all(shown[name] for name in SECRETS)
    assert shown["CHAPPE_DATABASE_URL"].startswith("postgres://chappe:[redacted]@db.example.org/chappe")
