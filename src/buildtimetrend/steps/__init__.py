"""What makes two steps of different builds the same one."""

from buildtimetrend.steps.keys import Identity, identity, keys, label, unlike

__all__ = ["Identity", "identity", "keys", "label", "unlike"]
