"""What changed in a pipeline's builds: changes that belong together are one finding, with one cause."""

from buildtimetrend.findings.finding import Cause, Finding, Findings, What
from buildtimetrend.findings.search.find import find

__all__ = ["Cause", "Finding", "Findings", "What", "find"]
