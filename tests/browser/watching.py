"""A browser page under watch: errors, other hosts, failed requests; pictures of each screen; accessibility."""

import re
from collections.abc import Collection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response

# Phone, scripts: a desktop with scripts is what the journeys and most other tests look at.
WAYS = (pytest.param(False, True, marks=pytest.mark.slow), (True, True), (False, False))
SERIOUS = {"serious", "critical"}
# The line that the browser itself writes into the console for an answer from 400 on.
REFUSED = re.compile(r"Failed to load resource: the server responded with a status of (\d{3})")


class Watched:
    """`expected` are the statuses that a test provokes on purpose; every other one from 400 on is trouble."""

    def __init__(
        self, context: BrowserContext, url: str, pictures: Path, expected: Collection[int] = ()
    ) -> None:
        self.context = context
        self.expected = frozenset(expected)
        self.host, self.name = urlsplit(url).netloc, urlsplit(url).hostname
        self.pictures = pictures
        self.troubles: list[str] = []
        self.requests: list[Response] = []
        self.page: Page = context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.troubles.append(f"script error: {error}"))
        self.page.on("request", self._request)
        self.page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        refused = REFUSED.match(message.text)
        if message.type == "error" and not (refused and int(refused[1]) in self.expected):
            self.troubles.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        # Without a proxy in front event streams have a port of their own.
        own = parts.netloc == self.host or (parts.hostname == self.name and parts.path.startswith("/stream/"))
        if parts.scheme in ("http", "https") and not own:
            self.troubles.append(f"another host: {request.url}")

    def _response(self, response: Response) -> None:
        self.requests.append(response)
        if response.status >= 400 and response.status not in self.expected:
            self.troubles.append(f"{response.status} {response.url}")

    def picture(self, name: str) -> None:
        """Keep what the screen shows, for people to look at."""
        self.pictures.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=self.pictures / f"{name}.png", full_page=True)

    def accessible(self, where: str) -> None:
        """No serious or critical violation by axe, and no page that is wider than the screen."""
        found = Axe().run(self.page)
        for violation in found.response["violations"]:
            if violation["impact"] in SERIOUS:
                nodes = [node["html"][:120] for node in violation["nodes"][:3]]
                self.troubles.append(f"{where}: {violation['id']}: {violation['help']} {nodes}")
        self.fits(where)

    def fits(self, where: str) -> None:
        wide = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if wide > 1:
            self.troubles.append(f"{where}: the page is {wide} px wider than the screen")
