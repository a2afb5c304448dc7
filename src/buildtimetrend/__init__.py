"""Shows a team where its CI time goes and tells it when builds get slower."""

from importlib.metadata import version

__version__ = version("buildtimetrend")
