"""What makes two steps of different builds the same one."""

from buildtimetrend.steps.keys import LIFECYCLE, identity, keys, label

__all__ = ["LIFECYCLE", "identity", "keys", "label"]
