"""Where the level of a series changed: pure, on numbers alone."""

from buildtimetrend.trends.changes import Change, change_points

__all__ = ["Change", "change_points"]
