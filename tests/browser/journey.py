"""The way through, step by step, as a person goes it. Works with and without scripts."""

from pathlib import Path
from urllib.parse import urlsplit

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

    def upload(self, kind: str, path: Path) -> None:
        panel = self.page.locator(f"section#{kind}")
        optional = panel.locator("details.optional:not([open]) > summary")
        if optional.count():
            optional.click()
        panel.locator("input[type=file]").set_input_files(path)
        panel.get_by_role("button", name="Upload").click()
        self.page.locator(f"section#{kind} time").wait_for()

    def upload_both(self, table: Path, boundaries: Path) -> None:
        self.seen("data-empty")
        self.upload("ward_table", table)
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

    def run(self) -> str:
        """Start the ranking and wait for it; return the address of its first page."""
        self.page.locator(".primary-bar button").click()
        self.page.get_by_role("button", name="Cancel").wait_for()
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
