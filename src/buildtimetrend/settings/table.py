"""Every setting of the service: one field, one row."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias, TypeVar, get_type_hints
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from buildtimetrend.brokers import BROKER_ENV
from buildtimetrend.settings.passwords import passwords


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an http:// or https:// URL")
    if parts.username or parts.query or parts.fragment:
        raise ValueError("must not carry a user name, query or fragment")
    return value.rstrip("/")


def _a_list(value: object) -> object:
    return [value] if isinstance(value, str) else ([] if value is None else value)


T = TypeVar("T")

Detail: TypeAlias = Literal["minimal", "basic", "full", "extended"]
Level: TypeAlias = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
Text: TypeAlias = Annotated[str, Field(max_length=4096)]
Substring: TypeAlias = Annotated[str, Field(min_length=1, max_length=512)]
Substrings: TypeAlias = Annotated[tuple[Substring, ...], BeforeValidator(_a_list)]
Url: TypeAlias = Annotated[str, AfterValidator(_http_url)]
Port: TypeAlias = Annotated[int, Field(ge=0, le=65535)]
Details: TypeAlias = Mapping[str, Detail]
Seconds: TypeAlias = Annotated[float, Field(ge=0, le=7 * 24 * 3600)]
LogLevel: TypeAlias = Annotated[Level, BeforeValidator(lambda v: v.upper() if isinstance(v, str) else v)]


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """What the documentation, `check-config` and the error messages say of a setting."""

    key: str  # dotted path in the file, below `buildtimetrend:` unless it begins with `keen.`
    help: str
    env: str | None = None
    secret: bool = False


def setting(default: T, key: str, help: str, *, env: str | None = None, secret: bool = False) -> T:
    """A field of `Settings`: its default, and its row."""
    row = Row(key, help, env, secret)
    return dataclasses.field(default_factory=lambda: default, metadata={"row": row})


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    denied_repo: Substrings = setting(
        (),
        "denied_repo",
        "Repos whose name contains one of these are refused; takes precedence over allowed_repo.",
    )
    allowed_repo: Substrings = setting(
        (), "allowed_repo", "When set, only repos whose name contains one of these are accepted."
    )
    travis_account_token: Text = setting(
        "",
        "travis_account_token",
        "Account token for the older Authorization header of Travis CI notifications.",
        env="TRAVIS_ACCOUNT_TOKEN",
        secret=True,
    )
    loglevel: LogLevel = setting(
        "WARNING", "loglevel", "What is logged: DEBUG, INFO, WARNING or ERROR.", env="BTT_LOGLEVEL"
    )
    task_queue_backend: Text = setting("", "task_queue.backend", "Kind of task queue: amqp or redis.")
    task_queue_broker_url: Text = setting(
        "",
        "task_queue.broker_url",
        "Broker of the task queue, as transport://userid:password@hostname:port/virtual_host.",
        env=", ".join(BROKER_ENV),
        secret=True,
    )
    task_queue_push: bool = setting(
        False,
        "task_queue.push",
        "The workers have this service's address as their store.url: they hand it what they collect.",
        env="BTT_TASK_QUEUE_PUSH",
    )
    multi_import_max_builds: Annotated[int, Field(ge=1, le=100_000)] = setting(
        100,
        "multi_import.max_builds",
        "Most builds that one import request schedules.",
        env="BTT_MULTI_MAX_BUILDS",
    )
    multi_import_delay: Seconds = setting(
        3.0,
        "multi_import.delay",
        "Seconds between the starts of two builds of one import.",
        env="BTT_MULTI_DELAY",
    )
    host: Text = setting(
        "127.0.0.1", "host", "Address to listen on; 0.0.0.0 for every interface.", env="BTT_HOST"
    )
    port: Port = setting(5000, "port", "Port to listen on; 0 for any free one.", env="PORT")
    connections: Annotated[int, Field(ge=16, le=60_000)] = setting(
        1000,
        "connections",
        "Most connections at a time; others are answered 503, those first that keep the service waiting.",
        env="BTT_CONNECTIONS",
    )
    connections_per_client: Annotated[int, Field(ge=1, le=60_000)] = setting(
        100,
        "connections_per_client",
        "Most connections of one address at a time; a proxy (FORWARDED_ALLOW_IPS) may have all.",
        env="BTT_CONNECTIONS_PER_CLIENT",
    )
    start_wait: Seconds = setting(
        60.0,
        "start_wait",
        "Seconds that a start waits for a database, broker or instance that is away; 0: it ends at once.",
        env="BTT_START_WAIT",
    )
    admin_token: Text = setting(
        "",
        "admin_token",
        "Bearer token that imports and other changes need. Unset: imports are open, but limited.",
        env="BTT_ADMIN_TOKEN",
        secret=True,
    )
    store_url: Text = setting(
        "duckdb:///",
        "store.url",
        "Where events are kept; duckdb:/// is a file in the user's data directory, "
        "postgresql://user:password@host/database a server, https://… another instance.",
        env="BTT_STORE_URL",
        secret=True,
    )
    store_token: Text = setting(
        "",
        "store.token",
        "admin_token of the instance that store.url names, where that is https://….",
        env="BTT_STORE_TOKEN",
        secret=True,
    )
    store_outbox: Text = setting(
        "",
        "store.outbox",
        "Folder of builds that the instance at store.url lacks; unset: one in the data directory.",
        env="BTT_STORE_OUTBOX",
    )
    store_outbox_size: Annotated[int, Field(ge=1024**2, le=1024**4)] = setting(
        256 * 1024**2,
        "store.outbox_size",
        "Most bytes of builds that one process keeps there.",
        env="BTT_STORE_OUTBOX_SIZE",
    )
    store_memory_limit: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,6}(MB|GB)$")] = setting(
        "1GB",
        "store.memory_limit",
        "Most memory that the database takes, as 512MB or 2GB.",
        env="BTT_STORE_MEMORY_LIMIT",
    )
    store_keep_steps_days: Annotated[int, Field(ge=0, le=36500)] = setting(
        0,
        "store.keep_steps_days",
        "Days after which steps are dropped; their daily summaries are kept for good. 0: never.",
        env="BTT_KEEP_STEPS_DAYS",
    )
    data_detail: Detail = setting(
        "full",
        "data_detail",
        "What is kept: minimal and basic (jobs), full (jobs and steps), extended (all that is known).",
        env="BTT_DATA_DETAIL",
    )
    repo_data_detail: Details = setting(
        {},
        "repo_data_detail",
        "data_detail for repos whose name contains the key; the first that matches counts.",
    )
    travis_api_url: Url = setting(
        "https://api.travis-ci.com",
        "travis.api_url",
        "Base URL of the Travis CI API; of a Travis CI Enterprise server, https://host/api.",
        env="BTT_TRAVIS_API_URL",
    )
    travis_token: Text = setting(
        "", "travis.token", "API access token; private repos need it.", env="BTT_TRAVIS_TOKEN", secret=True
    )
    travis_verify: bool = setting(
        True,
        "travis.verify",
        "Refuse notifications that are not signed by Travis CI.",
        env="BTT_TRAVIS_VERIFY",
    )
    travis_delay: Seconds = setting(
        10.0,
        "travis.delay",
        "Seconds from a notification to the first fetch of its build: Travis CI fills in the end late.",
        env="BTT_TRAVIS_DELAY",
    )
    travis_max_log_size: Annotated[int, Field(ge=1024, le=4 * 1024**3)] = setting(
        64 * 1024**2,
        "travis.max_log_size",
        "Most bytes that are read of one job's log.",
        env="BTT_TRAVIS_MAX_LOG_SIZE",
    )
    workers: Annotated[int, Field(ge=2, le=64)] = setting(
        4,
        "workers",
        "Threads that fetch and parse builds; one is always kept for fresh notifications.",
        env="BTT_WORKERS",
    )
    sweep_interval: Seconds = setting(
        3600.0,
        "sweep_interval",
        "Seconds between two searches for builds whose notification got lost; 0 for none.",
        env="BTT_SWEEP_INTERVAL",
    )
    keen_project_id: Text = setting("", "keen.project_id", "Keen.io project id.", env="KEEN_PROJECT_ID")
    keen_write_key: Text = setting(
        "", "keen.write_key", "Keen.io write key.", env="KEEN_WRITE_KEY", secret=True
    )
    keen_read_key: Text = setting("", "keen.read_key", "Keen.io read key.", env="KEEN_READ_KEY", secret=True)
    keen_master_key: Text = setting(
        "", "keen.master_key", "Keen.io master key.", env="KEEN_MASTER_KEY", secret=True
    )
    keen_api_url: Url = setting(
        "https://api.keen.io",
        "keen.api_url",
        "Base URL of Keen.io, or of who speaks its protocol.",
        env="KEEN_BASE_URL",
    )
    keen_sink: bool = setting(
        True,
        "keen.sink",
        "Send stored builds to Keen.io as well, where project_id and write_key are set.",
        env="BTT_KEEN_SINK",
    )

    @property
    def sends_to_keen(self) -> bool:
        """Whether stored builds are sent to Keen.io as well; builds that are pushed, who keeps them sends."""
        pushed = self.store_url.startswith(("http://", "https://"))
        return bool(self.keen_sink and self.keen_project_id and self.keen_write_key and not pushed)

    def allows(self, repo: str) -> bool:
        """Whether builds of this repo (`owner/name`) are accepted; case does not matter, as at GitHub."""
        name = repo.lower()
        if any(part.lower() in name for part in self.denied_repo):
            return False
        return not self.allowed_repo or any(part.lower() in name for part in self.allowed_repo)

    def detail_of(self, repo: str) -> Detail:
        """What is kept of this repo's builds."""
        name = repo.lower()
        return next(
            (d for part, d in self.repo_data_detail.items() if part.lower() in name), self.data_detail
        )

    def secrets(self) -> tuple[str, ...]:
        """The values that no log line, page or message may contain; of a URL, its password."""
        values = (str(getattr(self, name)) for name, row in ROWS.items() if row.secret)
        found = (passwords(value) if ":/" in value else [value] for value in values)
        return tuple(
            text
            for secrets in found
            for secret in secrets
            for text in {secret: 0, unquote(secret): 0}
            if text
        )


HINTS = get_type_hints(Settings, include_extras=True)
ROWS: dict[str, Row] = {field.name: field.metadata["row"] for field in dataclasses.fields(Settings)}
