"""A project's report: one page that needs no server, no scripts and nothing beside it."""

from buildtimetrend.report.contents import Api, Contents, gather
from buildtimetrend.report.page import render

__all__ = ["Api", "Contents", "gather", "render"]
