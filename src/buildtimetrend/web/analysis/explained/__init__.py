"""Why a build took as long as it did: waiting, booting and steps, beside what such builds usually take."""

from buildtimetrend.web.analysis.explained.compared import explained, in_short

__all__ = ["explained", "in_short"]
