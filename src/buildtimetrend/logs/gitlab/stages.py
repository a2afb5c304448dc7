"""What GitLab's runner does for a job, stage by stage: its own sections, in the order in which they come."""

from __future__ import annotations

SETUP = "setup"
CHECKOUT = "checkout"
CACHE = "cache"
ARTIFACTS = "artifacts"
SCRIPT = "script"
AFTER_SCRIPT = "after_script"

# By their names in the runner's sources, of all its versions
PHASES = {
    "resolve_secrets": SETUP,
    "prepare_executor": SETUP,
    "prepare_script": SETUP,
    "get_sources": CHECKOUT,
    "clear_worktree": CHECKOUT,
    "restore_cache": CACHE,
    "download_artifacts": ARTIFACTS,
    "build_script": SCRIPT,  # up to runner 12
    "step_script": SCRIPT,
    "step_run": SCRIPT,
    "step_release": SCRIPT,
    "after_script": AFTER_SCRIPT,
    "archive_cache": CACHE,
    "archive_cache_on_failure": CACHE,
    "upload_artifacts": ARTIFACTS,
    "upload_artifacts_on_success": ARTIFACTS,
    "upload_artifacts_on_failure": ARTIFACTS,
    "cleanup_file_variables": AFTER_SCRIPT,
    "cleanup_script": AFTER_SCRIPT,
}
# What also runs when a stage before it has failed
AFTER_A_FAILURE = frozenset(
    {
        "after_script",
        "archive_cache_on_failure",
        "upload_artifacts",
        "upload_artifacts_on_failure",
        "cleanup_file_variables",
        "cleanup_script",
    }
)


def phase_of(name: str) -> str | None:
    """None for a section that is none of the runner's."""
    return PHASES.get(name) or (SCRIPT if name.startswith("step_") else None)
