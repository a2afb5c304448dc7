"""Everything about Travis CI."""

from buildtimetrend.providers.travis.api import Limits
from buildtimetrend.providers.travis.provider import Travis

__all__ = ["Limits", "Travis"]
