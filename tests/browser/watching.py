"""A browser page under watch: errors, other hosts, failed requests; pictures of each screen; accessibility."""

from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response

SERIOUS = {"serious", "critical"}
# Answers that a test provokes on purpose.
EXPECTED = {401, 403, 404, 405, 409, 410, 413, 422}


class Watched:
    def __init__(self, context: BrowserContext, url: str, pictures: Path) -> None:
        self.context = context
        self.host = urlsplit(url).netloc
        self.pictures = pictures
        self.troubles: list[str] = []
        self.requests: list[Response] = []
        self.page: Page = context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.troubles.append(f"script error: {error}"))
        self.page.on("request", self._request)
        self.page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        # The line that a refused form leaves in the console is checked by its status.
        refused = "Failed to load resource" in message.text
        if message.type == "error" and not refused:
            self.troubles.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https") and parts.netloc != self.host:
            self.troubles.append(f"another host: {request.url}")

    def _response(self, response: Response) -> None:
        self.requests.append(response)
        if response.status >= 400 and response.status not in EXPECTED:
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
