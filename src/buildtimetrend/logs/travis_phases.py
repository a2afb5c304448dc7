"""Which phase of a Travis CI job a fold or an event belongs to."""

from __future__ import annotations

from functools import lru_cache

SETUP = "setup"
CHECKOUT = "checkout"
SCRIPT = "script"

BEFORE_SCRIPT = frozenset({"before_install", "install", "before_script"})
AFTER_SCRIPT = frozenset(
    {"before_cache", "after_success", "after_failure", "before_deploy", "deploy", "after_deploy", "after_script"}
)
LIFECYCLE = BEFORE_SCRIPT | AFTER_SCRIPT | {SCRIPT}

FOLDS = {name: name for name in LIFECYCLE} | {
    "git": CHECKOUT,
    "cache": "cache",
    "dpl": "deploy",
    **dict.fromkeys(
        (
            "android",
            "announce",
            "apt",
            "docker_mtu",
            "docker_mtu_and_registry_mirrors",
            "fix",
            "go",
            "install_jdk",
            "nvm",
            "resolvconf",
            "rvm",
            "services",
            "step_upload_script",
            "system_info",
            "worker_info",
        ),
        SETUP,
    ),
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


@lru_cache(1024)
def phase_of_fold(name: str) -> str | None:
    """`install.2` is install, `dpl_0` is deploy; None for a fold that Travis CI did not make."""
    stem = name.partition(".")[0]
    return FOLDS.get(stem) or FOLDS.get(stem.rstrip("0123456789").rstrip("_"))


def phase_of_event(name: str) -> str | None:
    """The phase that a block names itself, as `event=` or `stage=`; None for one of the many names of set-up."""
    return EVENTS.get(name)
