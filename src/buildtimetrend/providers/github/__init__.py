"""Everything about GitHub Actions."""

from buildtimetrend.providers.github.provider import GitHub

__all__ = ["GitHub"]
