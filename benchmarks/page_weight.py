"""What the five main pages weigh, and how soon they can be used on a slow link: a cold cache, 400 kbit/s, 150 ms each way.

A page can be used when its scripts have run; the page with the map, when the map answers.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.analyse import Line

MOST_BYTES, MOST_REQUESTS = 150_000, 15
# Beyond the library of the map, which browsers keep for ever.
MOST_MAP_BYTES, MOST_MAP_REQUESTS = 300_000, 20
# As a stranger sees them.
OPEN = ("first page", "sign-in")
MAP_LIBRARY = "maplibre"
LINK = {"offline": False, "latency": 150, "downloadThroughput": 400_000 / 8, "uploadThroughput": 400_000 / 8}
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--enable-unsafe-swiftshader")
FLAGS += ("--disable-background-networking", "--disable-component-update", "--disable-sync")
PATIENCE_MS = 180_000
MAP_ANSWERS = "[data-map][data-ready=true]"
READY_AT = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd / 1000"


@dataclass(frozen=True)
class Visit:
    """One page, asked for with nothing in the cache."""

    requests: int
    bytes: int
    library_bytes: int
    seconds: float


def addresses(browser: Any, url: str, email: str, password: str) -> tuple[dict[str, str], Any]:
    """The five pages by name, and the cookies of the demo account, which the last three need."""
    context = browser.new_context(base_url=url)
    page = context.new_page()
    page.goto("/accounts/sign-in/")
    page.fill("[name=email]", email)
    page.fill("[name=password]", password)
    page.locator("main form button[type=submit]").first.click()
    page.locator(".cards h2 a", has_not_text="acilit").first.click()
    ranking = page.locator(".steps a", has_text="Results").get_attribute("href")
    state = context.storage_state()
    context.close()
    pages = {
        "first page": "/",
        "sign-in": "/accounts/sign-in/",
        "sessions": "/sessions/",
        "ranking": f"{ranking}",
        "map": f"{ranking}map/",
    }
    return pages, state


def visit(browser: Any, url: str, address: str, state: Any = None, *, slow: bool = False) -> Visit:
    context = browser.new_context(base_url=url, storage_state=state, viewport={"width": 390, "height": 844})
    page, answers = context.new_page(), []
    page.set_default_timeout(PATIENCE_MS)
    page.on("response", lambda answer: answers.append(answer))
    if slow:
        connection = context.new_cdp_session(page)
        connection.send("Network.enable")
        connection.send("Network.emulateNetworkConditions", LINK)
    page.goto(address)
    seconds = page.evaluate(READY_AT)
    if address.endswith("map/"):
        page.locator(MAP_ANSWERS).wait_for()
        seconds = page.evaluate("performance.now() / 1000")
    page.wait_for_load_state("networkidle")
    fetched = [answer for answer in answers if answer.url.startswith("http")]
    sizes = {answer: answer.request.sizes() for answer in fetched}
    weights = {
        answer: size["responseBodySize"] + size["responseHeadersSize"] for answer, size in sizes.items()
    }
    library = sum(weight for answer, weight in weights.items() if MAP_LIBRARY in answer.url)
    context.close()
    return Visit(len(fetched), sum(weights.values()) - library, library, seconds)


def measure() -> list[Line]:
    """Measure in a fresh stack of its own, as `make run` starts it."""
    from playwright.sync_api import sync_playwright

    from chatmrpt.stack.folders import make_state_folder
    from tests.running_stack import running

    lines = []
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        make_state_folder(Path(folder))
        with running(Path(folder) / "state") as stack, sync_playwright() as playwright:
            _, url, email, password = stack.ready_line().split()
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
            pages, state = addresses(browser, url, email, password)
            for name, address in pages.items():
                lines += _lines(
                    name, visit(browser, url, address, None if name in OPEN else state, slow=True)
                )
            browser.close()
    return lines


def _lines(name: str, seen: Visit) -> list[Line]:
    most, requests = (MOST_MAP_BYTES, MOST_MAP_REQUESTS) if name == "map" else (MOST_BYTES, MOST_REQUESTS)
    weight = f"{name}: bytes over the link" + (", the library aside" if name == "map" else "")
    lines = [Line(weight, seen.bytes / 1000, "kB", most / 1000)]
    if seen.library_bytes:
        lines.append(Line(f"{name}: its library, once", seen.library_bytes / 1000, "kB"))
    lines.append(Line(f"{name}: requests", seen.requests, "", requests))
    lines.append(Line(f"{name}: can be used after, at 400 kbit/s with nothing kept", seen.seconds, "s"))
    return lines
