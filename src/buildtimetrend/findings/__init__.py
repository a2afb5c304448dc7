"""What changed in a pipeline's builds: changes that belong together are one finding, with one cause."""

from buildtimetrend.findings.causes import Cause, Finding, What
from buildtimetrend.findings.find import Findings, find

__all__ = ["Cause", "Finding", "Findings", "What", "find"]
