"""Why a build took as long as it did: waiting, booting and steps, beside what such builds usually take."""

from buildtimetrend.web.analysis.explained.beside import explained

__all__ = ["explained"]
