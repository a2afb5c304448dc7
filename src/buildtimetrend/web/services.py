"""What the routes share, made once by `create_app`."""

from __future__ import annotations

from dataclasses import dataclass

from buildtimetrend.ingest import Ingest
from buildtimetrend.web.analysis.alerts import Alerts
from buildtimetrend.web.analysis.budgets import Budgets
from buildtimetrend.web.analysis.comparisons import Comparisons
from buildtimetrend.web.analysis.data import Data
from buildtimetrend.web.analysis.rules import ProjectRules
from buildtimetrend.web.analysis.work import Work
from buildtimetrend.web.context import Context
from buildtimetrend.web.http.auth import Auth
from buildtimetrend.web.http.middleware import Figures
from buildtimetrend.web.metrics import Metrics
from buildtimetrend.web.refusals import Refusals
from buildtimetrend.web.repos import KnownRepos


@dataclass(frozen=True, slots=True)
class Services:
    context: Context
    auth: Auth
    repos: KnownRepos
    data: Data
    work: Work
    alerts: Alerts
    budgets: Budgets
    rules: ProjectRules
    comparisons: Comparisons
    figures: Figures
    metrics: Metrics
    ingest: Ingest
    refusals: Refusals


def open_services(context: Context) -> Services:
    repos = KnownRepos(context)
    figures = Figures()
    data = Data(context, repos)
    metrics = Metrics(context, figures, data.answers)
    context.store.on_saved(metrics.saved)
    return Services(
        context=context,
        auth=Auth(context.settings),
        repos=repos,
        data=data,
        work=Work(context, repos),
        alerts=Alerts(context, repos),
        budgets=Budgets(context, repos),
        rules=ProjectRules(context, repos),
        comparisons=Comparisons(context, repos),
        figures=figures,
        metrics=metrics,
        ingest=Ingest(context.settings, context.store),
        refusals=Refusals(),
    )
