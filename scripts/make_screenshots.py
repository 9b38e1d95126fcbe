"""Take the pictures of the documentation from a running stack: the four words of its READY line are the arguments.

    .venv/bin/python -m scripts.make_screenshots READY http://127.0.0.1:8000/ demo@chatmrpt.example PASSWORD

Writes docs/images/*.png of the demo account, each small; with a picture that is too large it fails. A browser test takes them, too
(`tests/browser/test_documentation_pictures.py`), so that they can be taken whenever the pages have changed.
"""

from __future__ import annotations

import shutil
import sys
import warnings
from pathlib import Path

import rasterio
from playwright.sync_api import Page, sync_playwright
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import MemoryFile

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
SCREEN = {"width": 1000, "height": 660}
MOST_BYTES = 100_000
PATIENCE_MS = 120_000


def main(arguments: list[str]) -> int:
    if len(arguments) != 4:
        sys.exit(__doc__)
    _, url, email, password = arguments
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--enable-unsafe-swiftshader"]
        )
        page = browser.new_page(viewport=SCREEN, base_url=url, color_scheme="light")
        page.set_default_timeout(PATIENCE_MS)
        sign_in(page, email, password)
        pictures(page, IMAGES)
        browser.close()
    large = [path.name for path in IMAGES.glob("*.png") if path.stat().st_size > MOST_BYTES]
    if large:
        print(f"larger than {MOST_BYTES} bytes: {', '.join(large)}", file=sys.stderr)
    return 1 if large else 0


def sign_in(page: Page, email: str, password: str) -> None:
    page.goto("/accounts/sign-in/")
    page.fill("[name=email]", email)
    page.fill("[name=password]", password)
    page.locator("main form button[type=submit]").first.click()
    page.get_by_role("heading", name="Your sessions").wait_for()


def pictures(page: Page, folder: Path) -> None:
    """Walk through the demo account of `page`, which is signed in, and take each picture into the folder."""

    def take(name: str) -> None:
        store(page.screenshot(), folder / f"{name}.png")

    if page.get_by_role("link", name="Read and accept it").count():
        page.get_by_role("link", name="Read and accept it").click()
        page.get_by_role("button", name="I have read this and accept it").click()
        page.goto("/sessions/")
    take("sessions")
    page.locator(".cards h2 a", has_text="made-up state").first.click()
    page.locator(".steps a", has_text="Results").click()
    page.get_by_role("heading", name="The ten highest").wait_for()
    page.wait_for_function(
        "(picture) => picture.complete && picture.naturalWidth",
        arg=page.locator(".plate img").first.element_handle(),
    )
    ranking, top = page.url.rstrip("/"), "/".join(page.url.split("/")[:5])
    take("overview")
    for name, address in (("check", f"{top}/check/"), ("variables", f"{top}/variables/")):
        page.goto(address)
        take(name)
    page.goto(f"{ranking}/map/")
    page.locator("[data-map][data-ready=true]").wait_for()
    page.wait_for_timeout(1_500)
    take("map")
    page.goto(f"{top}/nets/")
    page.fill("[name=nets]", "4000000")
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_load_state("networkidle")
    take("plan")
    page.goto(f"{top}/chat/")
    page.locator("main textarea").first.fill("Which are the five highest wards?")
    page.locator("main form button[type=submit]").first.click()
    page.locator("article.turn .answer").last.wait_for()
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1_000)
    take("chat")


def store(screenshot: bytes, path: Path) -> None:
    """Sixteen shades of each colour look the same on a page and weigh half."""
    with warnings.catch_warnings(), MemoryFile(screenshot) as file:
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with file.open() as picture:
            shades = (picture.read([1, 2, 3]) >> 4) * 17
            size = {"width": picture.width, "height": picture.height}
        options = {"driver": "PNG", "count": 3, "dtype": "uint8", "ZLEVEL": 9, **size}
        with rasterio.open(path, "w", **options) as small:
            small.write(shades)
    path.with_name(f"{path.name}.aux.xml").unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
