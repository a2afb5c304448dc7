"""The service as one ASGI app: the list of its routes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, nullcontext

from anyio.to_thread import current_default_thread_limiter
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from buildtimetrend.store.reads import looked_up_once
from buildtimetrend.web.api import PREFIX, create_api
from buildtimetrend.web.badge_route import BadgeRoute
from buildtimetrend.web.badges import address_of
from buildtimetrend.web.context import Context
from buildtimetrend.web.health import Ready, healthz, robots
from buildtimetrend.web.hooks import Hooks
from buildtimetrend.web.http import assets
from buildtimetrend.web.http.body_limits import LARGER, Bodies
from buildtimetrend.web.http.middleware import Middleware
from buildtimetrend.web.keen import create_keen, is_keen
from buildtimetrend.web.pages.badges import BadgesPage
from buildtimetrend.web.pages.begin import BeginPages
from buildtimetrend.web.pages.budgets import BudgetsPage
from buildtimetrend.web.pages.build import BuildPage
from buildtimetrend.web.pages.builds import BuildsPage
from buildtimetrend.web.pages.channels import ChannelsPage
from buildtimetrend.web.pages.compare import ComparePage
from buildtimetrend.web.pages.dashboard import Pages
from buildtimetrend.web.pages.docs import Docs
from buildtimetrend.web.pages.feeds import Feeds
from buildtimetrend.web.pages.findings import FindingsPage
from buildtimetrend.web.pages.imports import ImportPages
from buildtimetrend.web.pages.project import ProjectPages
from buildtimetrend.web.pages.set_up import SetUpPages
from buildtimetrend.web.pages.steps import StepPages
from buildtimetrend.web.pages.wasted import WastedPage
from buildtimetrend.web.services import Services, open_services
from buildtimetrend.web.travis import Travis

# Requests that wait for the store at the same time; each has a cursor.
THREADS = 8
READS = ("GET", "HEAD")  # methods of requests that change nothing


def create_app(context: Context) -> ASGIApp:
    """The app. What goes wrong in a route is answered by `Middleware`, in one shape."""
    services = open_services(context)
    badge = BadgeRoute(context, services.repos)
    keen = create_keen(context)
    routes = _routes(services)
    router = Router(routes, redirect_slashes=False, lifespan=_few_threads)
    router.default = Fallback(router, routes)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"] if scope["type"] == "http" else ""
        # Badges go past the router, which would take a third of their time.
        is_badge = (path + "/").startswith("/badge/")
        once = looked_up_once() if scope.get("method") in READS else nullcontext()
        with once:
            await (badge if is_badge else keen if is_keen(path) else router)(scope, receive, send)

    return Middleware(app, services.figures, services.repos.names, _bodies(context))


def _bodies(context: Context) -> Bodies:
    """Some CIs send larger webhooks than others."""
    providers = context.providers.values()
    return Bodies(larger=LARGER | {f"/hooks/{provider.name}": provider.body_limit for provider in providers})


def _routes(services: Services) -> list[BaseRoute]:
    context = services.context
    hooks = Hooks(context, services.metrics, services.ingest, services.refusals)
    travis = Travis(context, services.auth, hooks)
    pages = Pages(services)
    comparing = ComparePage(services)
    imports = ImportPages(services)
    set_up = SetUpPages(services)
    begin = BeginPages(services)
    channels = ChannelsPage(services)
    feeds = Feeds(services)
    findings = FindingsPage(services)
    budgets = BudgetsPage(services)
    views = ProjectPages(services)
    api = create_api(services)
    docs = Docs(api)
    both = ["GET", "POST"]
    return [
        Route("/travis", travis.travis, methods=both),
        Route("/travis/{repo_owner}", travis.travis, methods=both),
        Route("/travis/{repo_owner}/{repo_name}", travis.travis, methods=both),
        Route("/travis/{repo_owner}/{repo_name}/{first_build}", travis.travis, methods=both),
        Route("/travis/{repo_owner}/{repo_name}/{first_build}/{last_build}", travis.travis, methods=both),
        Route("/hooks/{provider}", hooks.hook, methods=["POST"]),
        Route("/", pages.index),
        Route("/begin", begin.begin),
        Route("/begin", begin.look, methods=["POST"]),
        Route("/begin/{provider}/{repo:path}", begin.tasks),
        Route("/dashboard", pages.dashboard),
        # No repo has a name of one part, and an address that begins otherwise may be an old one of a badge.
        Route("/dashboard/stats/charts/{chart}.svg", pages.stats_chart),
        Route("/dashboard/{repo:path}/charts/{chart}", pages.chart),
        Route("/dashboard/{repo:path}", pages.project),
        Route("/compare/{repo:path}", comparing.compare),
        Route("/badges/{repo:path}", BadgesPage(services).badges),
        Route("/findings.atom", feeds.of_all),
        Route("/findings/{repo:path}.atom", feeds.of_repo),
        Route("/findings/{repo:path}", findings.findings),
        Route("/findings/{repo:path}/{id}", findings.change, methods=["POST"]),
        Route("/builds/{repo:path}", BuildsPage(services).builds),
        Route("/steps/{repo:path}", StepPages(services).steps),
        Route("/jobs/{repo:path}", views.jobs),
        Route("/when/{repo:path}", views.when),
        Route("/wasted/{repo:path}", WastedPage(services).wasted),
        Route("/budgets/{repo:path}", budgets.budgets),
        Route("/budgets/{repo:path}/rules/{channel}", budgets.change, methods=["POST"]),
        Route("/stats", pages.stats),
        Route("/build/{provider}/{repo:path}/{number}", BuildPage(services).build),
        Route("/imports", imports.imports),
        Route("/imports", imports.create, methods=["POST"]),
        Route("/imports/{id}/cancel", imports.cancel, methods=["POST"]),
        Route("/imports/{id}/retry", imports.retry_import, methods=["POST"]),
        Route("/tasks/retry", imports.retry_all, methods=["POST"]),
        Route("/tasks/{task}/retry", imports.retry, methods=["POST"]),
        Route("/set-up/{provider}", set_up.set_up),
        Route("/set-up/{provider}", set_up.check, methods=["POST"]),
        Route("/channels", channels.channels),
        Route("/channels/{channel}/test", channels.test, methods=["POST"]),
        Route("/sign-in", imports.sign_in_page),
        Route("/sign-in", imports.sign_in, methods=["POST"]),
        Route("/sign-out", imports.sign_out, methods=["POST"]),
        Mount(PREFIX, api),
        Route("/openapi.json", docs.openapi),
        Route("/docs", docs.docs),
        Route("/healthz", healthz),
        Route("/readyz", Ready(context).readyz),
        Route("/metrics", services.metrics.metrics),
        Route("/robots.txt", robots),
        Route("/static/{digest}/{name:path}", assets.serve),
    ]


class Fallback:
    """No route has this path: it may have without its slash, or be an old address of a badge; else 404."""

    def __init__(self, router: ASGIApp, routes: Iterable[BaseRoute]) -> None:
        self._router = router
        paths = [route.path.split("/") for route in routes if isinstance(route, Route | Mount)]
        self._taken = {path[1] for path in paths if len(path) > 2}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        reads = scope["method"] in ("GET", "HEAD")
        # Never two slashes at the start: that would name another host.
        stripped = f"/{path.strip('/')}"
        slash = path.endswith("/") and stripped != "/"
        if slash and not reads:
            await self._router({**scope, "path": stripped}, receive, send)  # no client repeats it elsewhere
            return
        badge = address_of(path) if reads and stripped.split("/")[1] not in self._taken else None
        target = stripped if slash else badge
        if target is None:
            raise HTTPException(404)
        query = f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else ""
        await RedirectResponse(f"{target}{query}", 307)(scope, receive, send)


@asynccontextmanager
async def _few_threads(_: object) -> AsyncIterator[None]:
    current_default_thread_limiter().total_tokens = THREADS
    yield
