"""What must not happen on any page, collected while a test uses it."""

from __future__ import annotations

from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Page, Request, Response

# Reported on the console, where errors are read anyway; set before any script of the page, which no policy
# can stop.
_VIOLATIONS = """
    document.addEventListener("securitypolicyviolation", (event) => {
        const {violatedDirective, blockedURI, sample} = event;
        console.error(`securitypolicyviolation: ${violatedDirective} ${blockedURI} ${sample}`);
    });
"""


@dataclass
class Watch:
    """Errors of scripts, breaches of the security policy, failed requests, and requests to anybody else.

    `expected` are HTTP statuses that a test asks for on purpose.
    """

    origin: str
    expected: set[int] = field(default_factory=set)
    scripts: bool = True
    problems: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)  # the address of every request

    def attach(self, context: BrowserContext) -> None:
        context.add_init_script(_VIOLATIONS)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.problems.append(f"script: {error.error}"))
        context.on("dialog", self._dialog)
        context.on("request", self._request)
        context.on("requestfailed", self._failed)
        context.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        # What it says of failed loads, `_response` and `_failed` say with the status.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.problems.append(f"console: {message.text}")

    def _dialog(self, dialog: Dialog) -> None:
        self.problems.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, request: Request) -> None:
        self.asked.append(request.url)
        if not request.url.startswith((self.origin + "/", "data:", "blob:")):
            self.problems.append(f"request to a third party: {request.url}")

    def _failed(self, request: Request) -> None:
        # Aborted is what a page was still loading when it was left, and what becomes a download.
        # Without scripts, Chromium calls the ones it does not load a breach of the policy.
        if request.failure != "net::ERR_ABORTED" and (self.scripts or request.failure != "csp"):
            self.problems.append(f"{request.url}: {request.failure}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.problems.append(f"{response.url}: {response.status}")


def settled(page: Page) -> None:
    """Wait until the page is there, with its charts where scripts draw some.

    By a locator: `wait_for_function` needs `eval`, which the security policy forbids.
    """
    page.wait_for_load_state("load")
    page.locator("main:not([data-state]), main[data-state=drawn]").wait_for()
