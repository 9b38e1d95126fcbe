"""The way through, step by step, as a person goes it. Works with and without scripts."""

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, Route

from tests.browser.watching import Watched

TABS = (
    "wards",
    "map",
    "variables",
    "models",
    "stability",
    "pca",
    "comparison",
    "filled",
    "methods",
    "downloads",
)
# A ranking of a state takes seconds; on a busy machine its figures take a minute.
PATIENCE_MS = 240_000


def _is_workbook(content: bytes) -> bool:
    return "xl/workbook.xml" in zipfile.ZipFile(io.BytesIO(content)).namelist()


HOLDS: Mapping[str, Callable[[bytes], bool]] = MappingProxyType(
    {
        "wards.csv": lambda content: b"ward_code" in content.splitlines()[0],
        "wards.xlsx": _is_workbook,
        "wards.gpkg": lambda content: content.startswith(b"SQLite format 3\0") and content[68:72] == b"GPKG",
        "wards.parquet": lambda content: content[:4] == content[-4:] == b"PAR1",
    }
)


def ask_anew(page: Page, question: str) -> Locator:
    """Begin a conversation of the demo session with a question; return its newest turn."""
    page.goto("/sessions/")
    page.locator("main a[href^='/sessions/']:not([href$='new/'])").first.click()
    page.get_by_role("link", name="Ask a question").click()
    page.goto(f"{page.url.split('?')[0].split('#')[0]}?new=1")
    page.get_by_label("Your question").fill(question)
    page.get_by_role("button", name="Ask", exact=True).click()
    return page.locator("article.turn").last


@dataclass(frozen=True)
class Changed:
    """Columns whose part in the ranking was changed; `now` is when the turned one means more risk."""

    dropped: str
    turned: str
    now: str
    filled: str

    def names(self) -> tuple[str, ...]:
        return self.dropped, self.turned, self.filled


class Journey:
    def __init__(self, watched: Watched, *, scripts: bool, check: bool = False) -> None:
        self.watched, self.page = watched, watched.page
        self.scripts, self.check = scripts, check
        self._number = 0

    def seen(self, name: str) -> None:
        self._number += 1
        self.watched.picture(f"{self._number:02d}-{name}")
        if self.check:
            self.watched.accessible(name)

    def sign_up(self, email: str, password: str) -> None:
        self.page.goto("/")
        self.seen("landing")
        self.page.locator("main").get_by_role("link", name="Sign up").click()
        self.page.fill("[name=email]", email)
        self.page.fill("[name=new_password]", password)
        self.seen("sign-up")
        self.page.locator("main form button[type=submit]").first.click()
        self.page.get_by_role("heading", name="Your sessions").wait_for()
        self.seen("no-sessions-yet")

    def create_session(self, name: str) -> None:
        self.page.get_by_role("link", name="Start the first session").click()
        self.page.fill("[name=name]", name)
        self.seen("new-session")
        self.page.get_by_role("button", name="Create the session").click()
        self.page.get_by_role("heading", name="Data", exact=True).wait_for()

    def upload(self, kind: str, path: Path, *, see_progress: bool = False) -> None:
        panel = self.page.locator(f"section#{kind}")
        optional = panel.locator("details.optional:not([open]) > summary")
        if optional.count():
            optional.click()
        panel.locator("input[type=file]").set_input_files(path)
        held: list[Route] = []
        if see_progress:
            self.page.route("**/data/upload/", lambda route: held.append(route))
        panel.get_by_role("button", name="Upload").click()
        if see_progress:
            # The request waits on the way: a small file is there before anybody could look.
            panel.get_by_role("progressbar").wait_for()
            self.seen(f"uploading-{kind}")
            held[0].continue_()
            self.page.unroute("**/data/upload/")
        self.page.locator(f"section#{kind} time").wait_for()

    def upload_both(self, table: Path, boundaries: Path) -> None:
        self.seen("data-empty")
        self.upload("ward_table", table, see_progress=self.scripts and table.stat().st_size < 256 * 1024)
        self.upload("boundaries", boundaries)
        self.seen("data")

    def match(self) -> None:
        self.page.get_by_role("button", name="Match the wards").click()
        self.page.get_by_text("Rows in the table").wait_for(timeout=PATIENCE_MS)
        self.seen("check")

    def confirm_all(self) -> int:
        """Say yes to every doubtful pair; return how many there were."""
        doubtful = self.page.get_by_role("heading", name="Are these the same ward?")
        answers = self.page.locator("input[type=radio][value=yes]:visible")
        count = answers.count()
        if count:
            for number in range(count):
                answers.nth(number).check()
            self.page.get_by_role("button", name="Save my decisions").click()
            doubtful.wait_for(state="detached", timeout=PATIENCE_MS)
            self.page.get_by_text("Rows in the table").wait_for(timeout=PATIENCE_MS)
            self.seen("check-decided")
        return count

    def to_variables(self) -> None:
        self.page.get_by_role("link", name="Choose the variables").click()
        self.page.get_by_role("heading", name="Variables", exact=True).wait_for()
        self.seen("variables")

    def change_variables(self) -> Changed:
        """Leave one variable out, turn another round, fill the gaps of a third otherwise, and cut the tiers in fifths."""
        chosen = self.page.locator("input[name=variables]:checked")
        names = [str(box.get_attribute("value")) for box in chosen.all()]
        dropped, turned = names[-1], names[1]
        self.page.locator(f"input[name=variables][value='{dropped}']").uncheck()
        direction = self.page.locator(f"select[name='direction:{turned}']")
        now = "lower" if direction.input_value() == "higher" else "higher"
        direction.select_option(now)
        gaps = {name: self.page.locator(f"select[name='imputation:{name}']") for name in names[1:-1]}
        filled = next(name for name, select in gaps.items() if select.count())
        gaps[filled].select_option("lga_mean")
        self.page.get_by_text("More options", exact=True).click()
        self.page.get_by_label("a fifth high, a fifth low").check()
        self.seen("variables-changed")
        return Changed(dropped, turned, now, filled)

    def methods_tell(self, ranking: str, changed: Changed) -> None:
        self.page.goto(f"{ranking}methods/")
        rows = {
            row.locator("th").inner_text(): row.inner_text()
            for row in self.page.locator("table").first.locator("tbody tr").all()
        }
        told = {
            name: next((text for head, text in rows.items() if name in head), "") for name in changed.names()
        }
        assert told[changed.dropped] == ""
        assert changed.now in told[changed.turned]
        assert "mean of its LGA" in told[changed.filled]
        assert "a fifth high, a fifth low" in self.page.inner_text("main")

    def run(self) -> str:
        """Start the ranking and wait for it; return the address of its first page."""
        self.page.locator(".primary-bar button").click()
        self.page.get_by_role("button", name="Cancel").wait_for()
        assert self.page.locator("#run").get_by_role("progressbar").is_visible()
        assert self.page.locator(".run-percent").inner_text().endswith("%")
        self.seen("running")
        self.page.reload()
        self.page.get_by_role("heading", name="The ten highest").or_(
            self.page.get_by_role("button", name="Cancel")
        ).or_(self.page.locator(".steps a", has_text="Results")).first.wait_for()
        if not self.scripts:
            # Without scripts the page reloads itself and stays; the step bar shows when the result is there.
            self.page.locator(".steps a", has_text="Results").wait_for(timeout=PATIENCE_MS)
            self.page.locator(".steps a", has_text="Results").click()
        self.page.get_by_role("heading", name="The ten highest").wait_for(timeout=PATIENCE_MS)
        self.seen("overview")
        return urlsplit(self.page.url).path

    def look_at_every_tab(self, ranking: str) -> None:
        for tab in TABS:
            self.page.goto(f"{ranking}{tab}/")
            if tab == "map" and self.scripts:
                self.page.locator("[data-map][data-ready=true]").wait_for(timeout=60_000)
            self.page.locator("img:visible").last.scroll_into_view_if_needed()
            self.page.wait_for_load_state("networkidle")
            broken = self.page.evaluate(
                "[...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src)"
            )
            assert broken == []
            self.seen(tab)

    def sort_filter_and_search(self, ranking: str) -> None:
        """The list of wards in another order, of one LGA, and by a part of a name."""
        self.page.goto(f"{ranking}wards/")
        self.page.get_by_role("columnheader").get_by_role("link", name="Ward").click()
        names = self._wards("th")
        assert len(names) > 50 and names == sorted(names)
        self.page.get_by_role("columnheader").get_by_role("link", name="Rank", exact=True).click()
        assert self._wards("td.rank")[:2] == ["1", "2"]
        lga = str(self.page.locator("select[name=lga] option").nth(1).get_attribute("value"))
        self.page.select_option("select[name=lga]", lga)
        self.page.get_by_role("button", name="Show", exact=True).click()
        assert set(self._wards("td[data-label=LGA]")) == {lga}
        self.page.get_by_role("link", name="Show all").click()
        self.page.fill("[name=search]", names[0])
        self.page.get_by_role("button", name="Show", exact=True).click()
        assert names[0] in self._wards("th") and len(self._wards("th")) < len(names)

    def _wards(self, cell: str) -> list[str]:
        return self.page.locator(f"table.ranked tbody {cell}").all_inner_texts()

    def download_everything(self, ranking: str) -> None:
        """Each kind of file from the page of downloads, known by what it holds and not by its name."""
        self.page.goto(f"{ranking}downloads/")
        for name, holds in HOLDS.items():
            content = self._download(f"Download {name}")
            assert holds(content), (name, content[:80])
        figure = "Wards by composite rank"
        assert self._download(f"SVG {figure}").startswith(b"<svg")
        assert self._download(f"PNG {figure}").startswith(b"\x89PNG\r\n\x1a\n")

    def _download(self, name: str) -> bytes:
        link = self.page.get_by_role("link", name=name, exact=True)
        with self.page.expect_download() as waiting:
            link.click()
        return waiting.value.path().read_bytes()
