"""Which phase of a Travis CI job a fold or an event belongs to."""

from __future__ import annotations

from functools import lru_cache

from buildtimetrend.logs.text import plain, shortened

SETUP = "setup"
CHECKOUT = "checkout"
SCRIPT = "script"

BEFORE_SCRIPT = frozenset({"before_install", "install", "before_script"})
AFTER_SCRIPT = frozenset(
    {
        "before_cache", "after_success", "after_failure", "before_deploy", "deploy", "after_deploy",
        "after_script",
    }
)  # fmt: skip
LIFECYCLE = BEFORE_SCRIPT | AFTER_SCRIPT | {SCRIPT}

# Folds that travis-build makes, by the names in its sources; those of single languages, too.
SETUP_FOLDS = [
    "addons_jwt", "android", "announce", "apt", "apt-get", "Bioconductor", "compiler-download",
    "content_shell_dependencies_install", "content_shell_install", "crystal_install", "dart_install",
    "dartium_install", "docker_mtu", "docker_mtu_and_registry_mirrors", "dotnet-install",
    "download_smalltalkci", "elixir", "fix", "gemstone_dependencies", "gemstone_prepare_dependencies", "go",
    "haxe-install", "install_firefox", "install_jdk", "install_packages", "Julia-install", "kiex", "mariadb",
    "mono-install", "neko-install", "nix", "npm_registry", "nvm", "nvs", "pearrc", "pkg", "postgresql",
    "R-install", "R-session-info", "resolvconf", "roswell-install", "rust-download", "rvm", "services",
    "setup", "step_upload_script", "sysconfcpus", "system_info", "worker_info", "yum",
]  # fmt: skip
FOLDS = {name: name for name in LIFECYCLE} | {
    "git": CHECKOUT,
    "svn": CHECKOUT,
    "cache": "cache",
    "package cache": "cache",
    "dpl": "deploy",
    "R-dependencies": "install",
    "R-installed-versions": "install",
    "pub_get": "install",
    **dict.fromkeys(("R-build", "R-check", "fail logs", "log logs", "out logs", "build_coverity"), SCRIPT),
    **dict.fromkeys(SETUP_FOLDS, SETUP),
}
EVENTS = {name: name for name in LIFECYCLE} | {
    "checkout": CHECKOUT,
    "cache": "cache",
    "setup_cache": "cache",
    "setup_casher": "cache",
    "env": SETUP,
    "setup": SETUP,
    "services": SETUP,
}


def read_fold(tag: bytes) -> tuple[str, str | None]:
    """Its name, and its phase: `install.2` is install, `dpl_0` is deploy. None if it is not a usual one."""
    name = shortened(plain(tag)) or "fold"
    stem = name.partition(".")[0]
    return name, FOLDS.get(stem) or FOLDS.get(stem.rstrip("0123456789").rstrip("_"))


@lru_cache(4096)
def read_event(event: bytes, name: str | None, phase: str | None) -> tuple[str | None, str, str | None]:
    """Name and phase of a block that says `event=` or `stage=`, and the phase that it names itself.

    A fold's name stays, and its phase if that is one of the lifecycle. Most events are one of the many small
    jobs of set-up, which name no phase.
    """
    label = event.decode()
    told = EVENTS.get(label)
    if phase not in LIFECYCLE:
        phase = told or phase or SETUP
    if name is None and label != phase:
        name = f"{phase}.{label}"
    return name, phase, told
