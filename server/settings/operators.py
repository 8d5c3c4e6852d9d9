"""Ways to send messages in addition to the links in the database."""

from ipaddress import IPv4Network, IPv6Network

from pydantic import Field, SecretStr, field_validator

from server.rules.callbacks.addresses import WEB_PORTS
from server.rules.links.smpp_url import check_link_url
from server.settings.section import CommaSeparated, Section


class OperatorSettings(Section):
    """Operators: a link from the environment, where links over HTTP may go, and the simulated operator."""

    smpp_url: SecretStr | None = Field(
        None,
        description="smpp://user:password@host:port, or smpps://… for TLS: a link instead of the simulator",
    )
    operator_allowed_networks: CommaSeparated[IPv4Network | IPv6Network] = Field(
        (),
        description="networks, comma-separated, that links over HTTP may go to although they are not public",
    )
    operator_allowed_ports: CommaSeparated[int] = Field(
        tuple(sorted(WEB_PORTS)), description="ports, comma-separated, that links over HTTP may go to"
    )
    simulator_step_seconds: float = Field(
        0.5, ge=0, description="delay between two steps of the simulated operator"
    )

    @property
    def gives_a_link(self) -> bool:
        """Whether a link is set here, which replaces the simulator."""
        return self.smpp_url is not None

    @field_validator("smpp_url")
    @classmethod
    def _is_a_link(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value():
            return None
        check_link_url(value.get_secret_value())
        return value
