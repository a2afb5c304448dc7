"""Which phase of a Travis CI job a fold or an event belongs to."""

from __future__ import annotations

from functools import lru_cache

SETUP = "setup"
CHECKOUT = "checkout"
SCRIPT = "script"

BEFORE_SCRIPT = frozenset({"before_install", "install", "before_script"})
AFTER_SCRIPT = frozenset(
    {
        "before_cache",
        "after_success",
        "after_failure",
        "before_deploy",
        "deploy",
        "after_deploy",
        "after_script",
    }
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
def read_fold(tag: bytes) -> tuple[str, str | None]:
    """Its name, and its phase: `install.2` is install, `dpl_0` is deploy. None if it is not a usual one."""
    name = tag.decode()
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
