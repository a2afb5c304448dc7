"""The projects that the simulated Travis CI builds: what their logs tell and how their builds behave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from buildtimetrend.demo.events import CacheLoss, Congestion, FlakyJob

PROJECT_IDS, BUILD_IDS = 1_000_000, 10  # a job's id is its project's, its build's number and its position
Config: TypeAlias = Mapping[str, str | list[str]]


@dataclass(frozen=True, slots=True)
class Variant:
    """One entry of the build matrix."""

    recording: str  # the log that its jobs tell
    config: Config
    speed: float = 1.0  # its script takes this many times as long as in the recording
    allow_failure: bool = False


@dataclass(frozen=True, slots=True)
class Slowdown:
    """From build `number` on, the last script command takes `factor` times its time."""

    number: int
    factor: float


@dataclass(frozen=True, slots=True)
class Project:
    """`builds` are spread over the year that ends now; build numbers run from 1."""

    id: int
    slug: str
    language: str
    builds: int
    variants: tuple[Variant, ...] = ()  # of builds at Travis CI
    slowdown: Slowdown | None = None
    congestion: Congestion | None = None
    cache_loss: CacheLoss | None = None
    flaky: FlakyJob | None = None
    drift: float = 0.0  # the script gets this much slower in a year: 0.1 is 10 %
    main_branch: str = "master"
    private: bool = False
    open_pull: bool = False  # the last change is of a pull request that passed an hour or two ago
    told: bool = True  # logs are told with other times; else they are the recordings, byte for byte

    def is_open_pull(self, number: int) -> bool:
        return self.open_pull and number == self.builds

    @property
    def owner(self) -> str:
        return self.slug.partition("/")[0]

    @property
    def name(self) -> str:
        return self.slug.partition("/")[2]


def _python(version: str, speed: float, **more: str) -> Variant:
    config = {"language": "python", "os": "linux", "dist": "trusty", "python": version, "cache": "pip"}
    return Variant("python-2017", config | more, speed, allow_failure="dev" in version)


def _node(version: str, recording: str, speed: float = 1.0) -> Variant:
    config: Config = {
        "language": "node_js",
        "os": "linux",
        "dist": "xenial",
        "node_js": version,
        "env": ["CI=true"],
    }
    return Variant(recording, config, speed)


def _java(jdk: str, speed: float = 1.0) -> Variant:
    config = {
        "language": "java",
        "os": "linux",
        "dist": "xenial",
        "jdk": jdk,
        "install": "mvn install -DskipTests",
    }
    return Variant("java-2017", config, speed)


def _php(version: str, env: str, speed: float = 1.0) -> Variant:
    config = {"language": "php", "os": "linux", "dist": "trusty", "php": version, "env": env}
    return Variant("php-2017", config, speed, allow_failure=version == "nightly")


PROJECTS = (
    Project(
        101,
        "simulated/numbers",
        "python",
        720,
        (
            _python("2.7", 1.0),
            _python("3.5", 1.1),
            _python("3.6", 1.05, env="USE_DEBUG=1"),
            _python("3.7-dev", 1.2),
        ),
        slowdown=Slowdown(432, 1.35),
        congestion=Congestion(number=180, until=280, seconds=240),
        drift=0.06,
    ),
    Project(
        102,
        "simulated/boxes",
        "node_js",
        540,
        (_node("10", "node-2020"), _node("12", "node-2020", 0.9)),
        slowdown=Slowdown(378, 1.6),
        cache_loss=CacheLoss(number=150, until=230, factor=6.0),
        main_branch="main",
    ),
    Project(
        103,
        "simulated/streams",
        "java",
        360,
        (_java("oraclejdk8"), _java("openjdk7", 1.15)),
        drift=0.15,
    ),
    Project(
        104,
        "simulated/parser",
        "php",
        240,
        tuple(
            _php(version, f'dependencies="{which}"', speed)
            for version, speed in (("7.0", 1.0), ("7.1", 0.9), ("nightly", 1.1))
            for which in ("lowest", "highest")
        ),
    ),
    Project(
        105,
        "simulated/classroom",
        "python",
        120,
        (
            Variant(
                "python-2015",
                {"language": "python", "dist": "trusty", "python": "2.7", ".result": "configured"},
            ),
        ),
        slowdown=Slowdown(60, 0.7),
    ),
    Project(
        106,
        "simulated/ledger",
        "node_js",
        60,
        (_node("8", "node-2018"), _node("8", "node-2019", 1.3)),
        private=True,
    ),
)
