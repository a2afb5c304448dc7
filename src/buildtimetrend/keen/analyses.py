"""Answering the analyses that reckon; `extraction.py` and `funnel.py` have the other two."""

from __future__ import annotations

import time
from dataclasses import replace

from buildtimetrend.errors import StoreError, StoreUnavailable
from buildtimetrend.keen.answers import Answer
from buildtimetrend.keen.language.documents import Json
from buildtimetrend.keen.language.errors import KeenError
from buildtimetrend.keen.language.filters import EVERYTHING, conditions
from buildtimetrend.keen.language.query import Events, Query
from buildtimetrend.keen.project import Project
from buildtimetrend.keen.sql import statements
from buildtimetrend.store.base import Statement, Table


def answer(project: Project, query: Query) -> Json:
    """What stands under `result`."""
    opened = project.open(query.events)
    shaped = Answer(query)
    if any(measure.kind != "select_unique" for measure in query.measures):
        asked = statements.figures(query, *opened())
        shaped.add_figures(asked, select(project, query.events, asked.statement))
    for measure in query.measures:
        if measure.kind == "select_unique":
            asked = statements.uniques(query, measure, *opened())
            shaped.add_uniques(asked, select(project, query.events, asked.statement))
    return shaped.result()


def select(project: Project, events: Events, statement: Statement) -> Table:
    """Raises `KeenError` where an engine finds fault with a regular expression that looked well."""
    try:
        return project.store.select(*statement)
    except StoreUnavailable:
        raise
    except StoreError:
        if any(condition.operator == "regex" for condition in conditions(events.filter)):
            raise KeenError("The store cannot read the regular expression.", "InvalidFilterError") from None
        raise


def metadata(project: Project, query: Query, began: float) -> Json:
    """What `include_metadata` adds: events of the timeframe, and properties that the query asks about."""
    everything = replace(query.events, filter=EVERYTHING)
    source, bind = project.open(everything)()
    sql = statements.matching(everything, source, bind, "count(*) AS events")
    scanned = int(str(project.store.select(*bind.statement(sql))["events"][0]))
    paths = {condition.path for condition in conditions(query.events.filter)}
    paths |= {group.path for group in query.groups} | {each.target for each in query.measures if each.target}
    return {
        "events_scanned": scanned,
        "properties_per_event": len(paths),
        "total_properties_scanned": scanned * len(paths),
        "total_processing_time": round(time.perf_counter() - began, 6),
    }
