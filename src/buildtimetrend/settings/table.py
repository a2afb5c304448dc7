"""Every setting of the service itself: one field, one row; and where those of its CI systems are."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Self
from urllib.parse import unquote

from pydantic import AfterValidator, Field

from buildtimetrend.alerts.base import Section as ChannelSection
from buildtimetrend.brokers import BROKER_ENV
from buildtimetrend.budgets.budget import Budget
from buildtimetrend.errors import NotFound
from buildtimetrend.providers import PROVIDERS, provider_class
from buildtimetrend.providers.base import Section
from buildtimetrend.setting import (
    Declared,
    Detail,
    Details,
    LogLevel,
    Port,
    Row,
    Seconds,
    Substrings,
    Text,
    Url,
    declared,
    http_url,
    setting,
)
from buildtimetrend.setting import Prices as PriceTable
from buildtimetrend.settings.passwords import passwords
from buildtimetrend.waste.prices import Prices

SPARE = 4  # connections to a CI besides one for each worker: for the sweep, and some for keys


def _url_or_empty(value: str) -> str:
    return http_url(value) if value else ""


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
    public_url: Annotated[str, AfterValidator(_url_or_empty)] = setting(
        "",
        "public_url",
        "Address at which others reach this service, as webhooks and badges need it; unset: as it is asked.",
        env="BTT_PUBLIC_URL",
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
    cost_currency: Annotated[str, Field(max_length=20)] = setting(
        "", "cost.currency", "What prices are in, as EUR: the word that stands behind them."
    )
    cost_per_minute: PriceTable = setting(
        {},
        "cost.per_minute",
        "Price of a minute of worker time by label of the runner, as ubuntu-*: 0.008; the first that fits "
        "counts.",
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
    # Of CI systems, by the name of each: those that are as their declarations have them are left out.
    sections: tuple[Section, ...] = ()
    alerts: tuple[ChannelSection, ...] = ()
    budgets: tuple[Budget, ...] = ()

    @classmethod
    def of(cls, **values: Any) -> Self:
        """The settings by their names in `ROWS`, as `workers=2` or `travis_token="…"`.

        Raises TypeError for a name that there is none of.
        """
        own = {name: values.pop(name) for name in [*values] if name in _OWN or name in _LISTS}
        sections = {section.name: section for section in own.pop("sections", ())}
        for kind in PROVIDERS:
            names = {name for name in values if name in _rows_of(kind)}
            if names:
                given = {name.removeprefix(f"{kind}_"): values.pop(name) for name in names}
                sections[kind] = Section(kind, kind, provider_class(kind).settings(**given))
        if values:
            raise TypeError(f"There is no setting {', '.join(values)}.")
        changed = (
            each for each in sections.values() if each.name != each.kind or each.values != _usual(each)
        )
        return cls(**own, sections=tuple(changed))

    def value(self, name: str) -> Any:
        """A setting's value, by its name in `ROWS`."""
        if name in _OWN:
            return getattr(self, name)
        kind = next(kind for kind in PROVIDERS if name in _rows_of(kind))
        return getattr(self.section(kind).values, name.removeprefix(f"{kind}_"))

    def section(self, name: str) -> Section:
        """That of one server of a CI system. Raises `NotFound` for a name that none has."""
        found = next((section for section in self.sections if section.name == name), None)
        if found is None and name not in PROVIDERS:
            known = ", ".join(section.name for section in self.servers())
            raise NotFound(f"{name!r} is not one of: {known}.", detail="provider")
        found = found or Section(name, name, provider_class(name).settings())
        return dataclasses.replace(found, connections=self.workers + SPARE)

    def servers(self) -> list[Section]:
        """Those of all CI systems: one of each kind, and the further ones that are named."""
        named = [section.name for section in self.sections if section.name not in PROVIDERS]
        return [self.section(name) for name in (*PROVIDERS, *named)]

    @property
    def pushes(self) -> bool:
        """Whether another instance keeps the data: it does all that is done with it."""
        return self.store_url.startswith(("http://", "https://"))

    @property
    def prices(self) -> Prices:
        return Prices(self.cost_currency, self.cost_per_minute)

    @property
    def sends_to_keen(self) -> bool:
        """Whether stored builds are sent to Keen.io as well; builds that are pushed, who keeps them sends."""
        return bool(self.keen_sink and self.keen_project_id and self.keen_write_key and not self.pushes)

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
        return tuple(secret for secrets in self.named_secrets().values() for secret in secrets)

    def named_secrets(self) -> dict[str, list[str]]:
        """The same by the key of their setting, those alone that are set."""
        values = {own.row.key: str(getattr(self, name)) for name, own in _OWN.items() if own.row.secret}
        for section in self.sections:
            for name, field in declared(provider_class(section.kind).settings).items():
                if field.row.secret:
                    values[f"{section.name}.{name}"] = str(getattr(section.values, name))
        found = {key: passwords(value) if ":/" in value else [value] for key, value in values.items()}
        for channel in self.alerts:
            found |= {f"alerts.{channel.name}.{name}": of for name, of in channel.secrets().items()}
        return {key: [*forms] for key, of in found.items() if (forms := _forms(of))}


def _forms(secrets: Iterable[str]) -> dict[str, None]:
    """As a URL has them, too, and as it means them."""
    return {text: None for secret in secrets for text in (secret, unquote(secret)) if text}


_OWN = declared(Settings)
_LISTS = ("sections", "alerts", "budgets")


def _usual(section: Section) -> Any:
    return provider_class(section.kind).settings()


def _rows_of(kind: str) -> Mapping[str, Declared]:
    found = declared(provider_class(kind).settings)
    return {f"{kind}_{name}": field for name, field in found.items()}


class _Rows(Mapping[str, Row]):
    """By name: the service's own settings, then those of each registered CI system, `kind_field`."""

    def declared(self) -> Mapping[str, Declared]:
        return {**_OWN, **{name: row for kind in PROVIDERS for name, row in _rows_of(kind).items()}}

    def __getitem__(self, name: str) -> Row:
        return self.declared()[name].row

    def __iter__(self) -> Iterator[str]:
        return iter(self.declared())

    def __len__(self) -> int:
        return len(self.declared())


ROWS = _Rows()
