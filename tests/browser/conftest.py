"""A real browser against a whole stack, started as `make run` starts it: hashed files, strict content policy, a worker."""

import os
import re
import secrets
import shutil
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from chatmrpt.stack.throwaway import ThrowawayStack
from tests.browser.watching import Watched
from tests.running_stack import running

HERE = Path(__file__).resolve().parent
ARTIFACTS = HERE.parent.parent / "test-artifacts"
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-unsafe-swiftshader",
)
DESKTOP = {"viewport": {"width": 1366, "height": 800}}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 1.5,
    "is_mobile": True,
    "has_touch": True,
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    why = _why_no_browser()
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if why:
                item.add_marker(pytest.mark.skip(reason=why))


def chromium() -> str | None:
    chosen = os.environ.get("CHATMRPT_CHROMIUM", "").strip()
    return (
        chosen
        or shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )


def _why_no_browser() -> str:
    try:
        import playwright  # noqa: F401
    except ImportError:
        return "playwright is not installed (requirements-dev.txt)"
    return (
        "" if chromium() else "no chromium on this machine (apt-get install chromium, or CHATMRPT_CHROMIUM)"
    )


@dataclass(frozen=True)
class Site:
    url: str
    demo_email: str
    demo_password: str
    state: Path


@pytest.fixture(scope="package")
def site() -> Iterator[Site]:
    folders = ThrowawayStack()
    try:
        with running(folders.folder / "state") as stack:
            _, url, email, password = stack.ready_line().split()
            yield Site(url.rstrip("/"), email, password, folders.folder / "state")
    finally:
        folders.remove()


@pytest.fixture(scope="package")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chosen = playwright.chromium.launch(executable_path=chromium(), args=list(CHROMIUM_FLAGS))
        yield chosen
        chosen.close()


@pytest.fixture
def watched(browser, site: Site, request: pytest.FixtureRequest) -> Iterator[Callable[..., Watched]]:
    """Opens pages that fail the test when they log an error, call another host or get a status from 400 on.

    A test names those that it provokes: `watched(expected={422})`.
    """
    opened: list[Watched] = []

    def open_page(
        *, phone: bool = False, scripts: bool = True, expected: Collection[int] = (), **options
    ) -> Watched:
        context = browser.new_context(
            base_url=site.url, java_script_enabled=scripts, **(PHONE if phone else DESKTOP), **options
        )
        name = re.sub(r"\W+", "-", request.node.name).strip("-")
        opened.append(Watched(context, site.url, ARTIFACTS / "browser" / name, expected))
        return opened[-1]

    yield open_page
    troubles = [trouble for page in opened for trouble in page.troubles]
    for page in opened:
        page.context.close()
    assert troubles == []


@pytest.fixture(scope="package")
def demo_files(tmp_path_factory) -> tuple[Path, Path]:
    """Sixty made-up wards, of whose rows one has a doubtful name."""
    from analysis.synthetic import make_state, write_state

    table, boundaries = write_state(make_state(seed=1, wards=60, lgas=5), tmp_path_factory.mktemp("state"))
    return table, boundaries


@pytest.fixture
def niger_files(realdata: Path) -> tuple[Path, Path]:
    return realdata / "niger" / "Niger_plus.csv", realdata / "niger" / "Niger_State.zip"


@pytest.fixture
def newcomer() -> dict[str, str]:
    return {
        "email": f"ward-{secrets.token_hex(5)}@example.org",
        "password": f"lantern {secrets.token_hex(6)}",
    }
