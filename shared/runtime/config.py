"""Settings of every role: environment variables with the prefix `TRANSFERS_`, levels split by `__`.

`TRANSFERS_KAFKA__BOOTSTRAP` is `settings.kafka.bootstrap`. Any of them may be given as a file instead:
`TRANSFERS_DATABASE__URL_FILE=/run/secrets/url`. Secrets come by file or environment, never by argument.
"""

from __future__ import annotations

import os
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any, Literal, Self, TypeVar
from urllib.parse import parse_qs, urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

PREFIX = "TRANSFERS_"
AUDIENCE = "https://transfers.example/api"
"""The `aud` that a token must carry when no other is set (project decision)."""


class SettingsFault(Exception):
    """Settings are missing or wrong; `faults` names each variable and what is the matter with it."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class Part(BaseModel):
    """One group of settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _without_files(cls, given: Any) -> Any:
        """What is given as a file was read by `Files`; the variable that names the file is no setting."""
        if not isinstance(given, dict):
            return given
        return {name: value for name, value in given.items() if not name.endswith("_file")}


class KafkaSettings(Part):
    """Where Kafka is, and how to sign in there.

    `broker`: Tansu, which keeps nothing anyway, cannot give out the producer ids that aiokafka asks for,
    and tells a too low end of the log; it is for the embedded stack alone.
    """

    bootstrap: str
    security: Literal["PLAINTEXT", "SSL", "SASL_SSL"] = "SASL_SSL"
    username: str | None = None
    password: SecretStr | None = None
    ca: Path | None = None
    replication: int = Field(default=3, ge=1)
    broker: Literal["kafka", "tansu"] = "kafka"


class DatabaseSettings(Part):
    """Where PostgreSQL is, with the role that signs in: `postgresql://role:password@host/database`."""

    url: SecretStr

    @field_validator("url")
    @classmethod
    def _postgresql(cls, url: SecretStr) -> SecretStr:
        if urlsplit(url.get_secret_value()).scheme not in ("postgresql", "postgres"):
            raise ValueError("not a postgresql:// address")
        return url


class HttpSettings(Part):
    """Where the API listens."""

    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535)


class MetricsSettings(Part):
    """Where metrics and health are served; port 0 takes a free one."""

    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535)


class IssuerSettings(Part):
    """The issuer of tokens: its `iss`, from which discovery leads to its keys."""

    url: str


class DeskSettings(Part):
    """The desk as a client of the issuer."""

    client_id: str
    client_secret: SecretStr


class WebhookSettings(Part):
    """What leaves for receivers: `key` seals their secrets at rest, in every process that knows them.

    `ports` are the ports that may be connected to, `own_ranges` networks of our own that may not, `ca` the
    authority of receivers on loopback (embedded stack).
    """

    key: SecretStr = Field(min_length=32)
    ports: tuple[int, ...] = (443,)
    own_ranges: tuple[IPv4Network | IPv6Network, ...] = ()
    ca: Path | None = None


class Files(PydanticBaseSettingsSource):
    """Reads `TRANSFERS_…_FILE`: the setting is what the file holds, without the line end."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Not used: `__call__` reads whole variables."""
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """Every setting that is given as a file."""
        found: dict[str, Any] = {}
        for name, path in os.environ.items():
            if name.startswith(PREFIX) and name.endswith("_FILE"):
                *groups, last = name[len(PREFIX) : -len("_FILE")].lower().split("__")
                level = found
                for group in groups:
                    level = level.setdefault(group, {})
                level[last] = Path(path).read_text().rstrip("\r\n")
        return found


class BrokerSettings(BaseSettings):
    """What a command needs that only speaks with Kafka.

    `embedded` relaxes exactly four things: a moved clock, the development issuer, webhook receivers
    on loopback, and no TLS to Kafka and PostgreSQL.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", frozen=True, extra="ignore", env_ignore_empty=True
    )

    embedded: bool = False
    kafka: KafkaSettings

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments (tests), then files, then variables."""
        return init_settings, Files(settings_cls), env_settings

    @model_validator(mode="after")
    def _kafka_encrypted(self) -> Self:
        if not self.embedded and self.kafka.security == "PLAINTEXT":
            raise ValueError("KAFKA__SECURITY must be SSL or SASL_SSL outside the embedded stack")
        return self


class Settings(BrokerSettings):
    """What every role needs. `instance` tells processes of one role apart."""

    instance: str = Field(default="1", pattern=r"^[a-z0-9-]{1,20}$")
    database: DatabaseSettings
    metrics: MetricsSettings = MetricsSettings()
    datadir: Path = Path(".transfers/data")

    @model_validator(mode="after")
    def _database_encrypted(self) -> Self:
        query = parse_qs(urlsplit(self.database.url.get_secret_value()).query)
        if not self.embedded and query.get("sslmode") != ["verify-full"]:
            raise ValueError("DATABASE__URL needs sslmode=verify-full outside the embedded stack")
        return self


class WorkerSettings(Settings):
    """A worker; `public_url` is where people and systems reach the platform."""

    public_url: str = "http://127.0.0.1"


class WebSettings(WorkerSettings):
    """A process with an API."""

    http: HttpSettings = HttpSettings()
    issuer: IssuerSettings
    audience: str = AUDIENCE


class DeskWebSettings(WebSettings):
    """The API and pages of alerts."""

    desk: DeskSettings
    webhooks: WebhookSettings


class DeliverSettings(WorkerSettings):
    """The process that brings alerts to systems and people."""

    webhooks: WebhookSettings


ROLES: dict[str, type[Settings]] = {
    "registration web": WebSettings,
    "placement": WorkerSettings,
    "alerts worker": WorkerSettings,
    "alerts deliver": DeliverSettings,
    "alerts web": DeskWebSettings,
}
"""The settings of each role, as `transfers settings ROLE` prints them."""

AnySettings = TypeVar("AnySettings", bound=BaseSettings)


def load(kind: type[AnySettings]) -> AnySettings:
    """Read the settings from the environment. Raises SettingsFault with all faults at once."""
    try:
        return kind()
    except ValidationError as error:
        raise SettingsFault(tuple(_fault(one["loc"], one["msg"]) for one in error.errors())) from None
    except OSError as error:
        raise SettingsFault((f"{error.filename}: {error.strerror}",)) from None


def _fault(place: tuple[int | str, ...], message: str) -> str:
    variable = PREFIX + "__".join(str(part).upper() for part in place) if place else PREFIX + "*"
    return f"{variable}: {message.removeprefix('Value error, ')}"
