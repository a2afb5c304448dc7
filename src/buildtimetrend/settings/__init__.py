"""The settings: a table of them, and how their values are found.

A value comes from the environment, else from the file, else it is the default. This package alone reads the
environment; everything else takes a `Settings`.
"""

from buildtimetrend.setting import Detail
from buildtimetrend.settings.load import CONFIG_ENV, Loaded, data_folder, load, shown, shown_channel
from buildtimetrend.settings.table import ROWS, Settings

__all__ = [
    "CONFIG_ENV",
    "ROWS",
    "Detail",
    "Loaded",
    "Settings",
    "data_folder",
    "load",
    "shown",
    "shown_channel",
]
