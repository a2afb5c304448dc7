"""What makes two steps of different builds the same one."""

from buildtimetrend.steps.keys import LIFECYCLE, identity, keys, label
from buildtimetrend.steps.shortened import shortened

__all__ = ["LIFECYCLE", "identity", "keys", "label", "shortened"]
