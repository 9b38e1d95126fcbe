"""The staff site in a browser: every page under the content policy of all pages, in both colours, on a phone, without scripts."""

import secrets
import subprocess
import sys

import pytest

from tests.browser.journey import Journey
from tests.running_stack import ROOT, clean_environment

PAGES = (
    "", "sessions_app/user/", "sessions_app/analysissession/", "sessions_app/storedfile/",
    "sessions_app/analysisresult/", "sessions_app/waitingresult/", "sessions_app/personaltoken/",
    "sessions_app/refreshgrant/", "sessions_app/event/", "sessions_app/isolationattempt/", "assistant/conversation/",
    "usage/", "study/", "retention/", "reference/referenceset/", "reference/referenceset/add/",
)  # fmt: skip


@pytest.fixture(scope="module")
def chief(browser, site):
    """A superuser, made as an operator makes one, with a browser that is signed in."""
    email, password = f"chief-{secrets.token_hex(4)}@example.org", f"lantern {secrets.token_hex(6)}"
    subprocess.run(
        [sys.executable, "-m", "chatmrpt.stack", "manage", "createsuperuser", "--database", "owner", "--noinput",
         "--email", email],
        cwd=ROOT, check=True, capture_output=True,
        env=clean_environment(CHATMRPT_STATE=str(site.state), DJANGO_SUPERUSER_PASSWORD=password),
    )  # fmt: skip
    context = browser.new_context(base_url=site.url)
    page = context.new_page()
    page.goto("/accounts/sign-in/?next=/admin/")
    page.fill("[name=email]", email)
    page.fill("[name=password]", password)
    page.locator("main form button[type=submit]").first.click()
    page.get_by_role("heading", name="How things stand").wait_for()
    state = context.storage_state()
    context.close()
    return state


@pytest.mark.parametrize(
    "phone, scheme",
    [
        pytest.param(False, "light", id="light", marks=pytest.mark.slow),
        pytest.param(False, "dark", id="dark", marks=pytest.mark.slow),
        pytest.param(True, "light", id="phone"),
    ],
)
def test_every_page_opens_without_an_error_and_is_accessible(watched, chief, phone, scheme):
    screen = watched(phone=phone, color_scheme=scheme, storage_state=chief)
    for name in PAGES:
        answer = screen.page.goto(f"/admin/{name}", wait_until="networkidle")
        assert answer.status == 200, name
        screen.picture(name.strip("/").replace("/", "-") or "first")
        screen.accessible(f"/admin/{name} {scheme}")


def test_a_users_page_opens_and_the_menu_marks_where_one_is(watched, chief, site):
    screen = watched(storage_state=chief)
    screen.page.goto("/admin/sessions_app/user/")
    assert screen.page.locator(".staff-menu [aria-current]").inner_text() == "Users"
    screen.page.get_by_role("link", name=site.demo_email).click()
    screen.page.get_by_text("Roles").first.wait_for()
    screen.picture("user")
    # No axe here: Django's forms.css imports another sheet, which axe fetches where it isn't and puts inline.
    screen.fits("user")


def test_the_theme_is_the_one_of_the_other_pages(watched, chief):
    screen = watched(storage_state=chief, color_scheme="light")
    screen.page.goto("/admin/")
    screen.page.get_by_role("button", name="Dark mode").click()
    assert screen.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(17, 24, 25)"
    screen.page.goto("/help/")
    assert screen.page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_counts_can_be_downloaded_without_scripts(watched, chief):
    screen = watched(storage_state=chief, scripts=False)
    screen.page.goto("/admin/study/")
    with screen.page.expect_download() as waiting:
        screen.page.get_by_role("button", name="Download").click()
    text = waiting.value.path().read_text()
    assert text.startswith("day,verb,kind,people,events")
    assert "(left out)" in text


def test_a_conversation_is_read_after_a_reason(watched, chief, newcomer):
    visitor = Journey(watched(), scripts=True)
    visitor.sign_up(**newcomer)
    visitor.create_session("Questions")
    visitor.page.get_by_role("link", name="Ask a question").click()
    visitor.page.get_by_label("Your question").fill("which wards have a canary")
    visitor.page.get_by_role("button", name="Ask", exact=True).click()
    visitor.page.get_by_text("which wards have a canary").first.wait_for()

    screen = watched(storage_state=chief)
    screen.page.goto(f"/admin/assistant/conversation/?q={newcomer['email']}")
    screen.page.locator("#result_list tbody th a").first.click()
    assert "canary" not in screen.page.content()
    screen.accessible("asked for a reason")
    screen.page.get_by_label("Why do you need to read").fill("A complaint about a wrong answer came in.")
    screen.page.get_by_role("button", name="Open for 15 minutes").click()
    screen.page.get_by_text("which wards have a canary").first.wait_for()
    screen.picture("conversation")
    screen.accessible("conversation")
