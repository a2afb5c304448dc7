"""GitLab CI: gitlab.com and self-managed servers."""

from buildtimetrend.providers.gitlab.provider import GitLab

__all__ = ["GitLab"]
