"""The conversation in a real browser: with scripts on a laptop, on a phone, and without scripts."""

import pytest

from tests.browser.journey import ask_anew
from tests.browser.watching import WAYS


@pytest.mark.parametrize(("phone", "scripts"), WAYS)
def test_a_question_is_answered_beside_the_work(watched, site, phone, scripts):
    screen = watched(phone=phone, scripts=scripts)
    page = screen.page
    page.goto("/accounts/sign-in/")
    page.fill("[name=email]", site.demo_email)
    page.fill("[name=password]", site.demo_password)
    page.locator("main form button[type=submit]").first.click()
    page.get_by_role("heading", name="Your sessions").wait_for()
    page.locator("main a[href^='/sessions/']:not([href$='new/'])").first.click()
    page.get_by_role("link", name="Ask a question").click()
    page.goto(f"{page.url.split('?')[0].split('#')[0]}?new=1")
    page.get_by_label("Your question").fill("how many wards are there")
    page.get_by_role("button", name="Ask", exact=True).click()
    page.locator("#turn-1 .answer").wait_for()
    assert "wards." in page.locator("#turn-1 .answer").inner_text()
    page.get_by_role("button", name="Top 10 wards").first.click()
    page.locator("#turn-2 table").wait_for()
    assert page.locator("#turn-2 tbody tr").count() == 10
    page.get_by_label("Your question").fill("show the map")
    page.get_by_role("button", name="Ask", exact=True).click()
    page.locator("#turn-3 img").wait_for()
    assert page.locator("[data-chips]").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    screen.picture("chat")
    if scripts:
        screen.accessible("chat")
    page.reload()
    assert page.locator("article.turn").count() == 3


def signed_in(screen, site):
    page = screen.page
    page.goto("/accounts/sign-in/")
    page.fill("[name=email]", site.demo_email)
    page.fill("[name=password]", site.demo_password)
    page.locator("main form button[type=submit]").first.click()
    page.get_by_role("heading", name="Your sessions").wait_for()
    return page


def new_talk(page, question):
    """A conversation of the demo session that begins with a question; on its page."""
    ask_anew(page, question)
    page.locator("#turn-1 .answer").wait_for()


def test_keys_lead_to_the_question_along_the_chips_and_to_a_new_conversation(watched, site):
    page = signed_in(watched(), site)
    new_talk(page, "how many wards are there")
    chips = page.locator(".chips .chip")
    chips.first.focus()
    page.keyboard.press("ArrowRight")
    assert chips.nth(1).evaluate("chip => chip === document.activeElement")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert chips.last.evaluate("chip => chip === document.activeElement")
    page.keyboard.press("Control+K")
    box = page.get_by_label("Your question")
    assert box.evaluate("box => box === document.activeElement")
    page.keyboard.type("and")
    page.keyboard.press("Alt+N")
    page.wait_for_url("**new=1")
    assert page.locator("article.turn").count() == 0


def test_an_answer_is_judged_copied_edited_and_asked_again_by_keyboard(watched, site):
    screen = watched(permissions=["clipboard-read", "clipboard-write"])
    page = signed_in(screen, site)
    new_talk(page, "top 3 wards by rainfall")
    page.locator("#turn-1").get_by_role("button", name="Copy").click()
    page.get_by_text("The answer is copied.").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "\t" in copied and len(copied.splitlines()) >= 4
    page.locator("#turn-1").get_by_role("button", name="Not helpful").click()
    page.locator("#turn-1 [aria-pressed=true]").wait_for()
    assert page.locator("#turn-1 [aria-pressed=true]").inner_text() == "Not helpful"
    page.locator("#turn-1").get_by_text("Say why").click()
    page.locator("#turn-1 [name=reason]").fill("one ward is missing")
    page.locator("#turn-1").get_by_role("button", name="Save").click()
    page.locator("#turn-1").get_by_text("Change the reason").wait_for()
    page.locator("h1").click()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "text"
    page.keyboard.press("ArrowUp")
    assert page.get_by_label("Your question").input_value() == "top 3 wards by rainfall"
    page.get_by_label("Your question").fill("top 4 wards by rainfall")
    page.keyboard.press("Enter")
    page.locator("#turn-2 table").wait_for()
    assert page.locator("#turn-2 tbody tr").count() == 4
    page.locator("#turn-1").get_by_role("button", name="Ask again").click()
    page.locator("#turn-3 table").wait_for()
    assert page.locator("#turn-3 tbody tr").count() == 3
    screen.accessible("judged")
    screen.picture("judged")


@pytest.mark.parametrize(("phone", "scripts"), WAYS)
def test_the_history_finds_renames_archives_and_brings_back(watched, site, phone, scripts):
    screen = watched(phone=phone, scripts=scripts)
    page = signed_in(screen, site)
    word = f"h{int(phone)}{int(scripts)}"
    new_talk(page, f"how many wards are there {word}")
    page.goto("/conversations/")
    page.get_by_label("Search in names and words").fill(word)
    page.get_by_role("button", name="Search").click()
    page.get_by_text("1 conversation found.").wait_for()
    row = page.locator(".history .cards li").first
    row.locator("summary").click()
    row.get_by_label("Name", exact=True).fill(f"Count {word}")
    row.get_by_role("button", name="Rename").click()
    page.get_by_role("link", name=f"Count {word}").wait_for()
    row = page.locator(".history .cards li", has_text=f"Count {word}")
    screen.fits("history")
    if scripts:
        screen.accessible("history")
    row.locator("summary").click()
    screen.picture("history")
    row.get_by_role("button", name="Archive").click()
    page.get_by_role("link", name="Archived", exact=True).click()
    page.get_by_role("link", name=f"Count {word}").click()
    page.get_by_text("This conversation is archived.").wait_for()
    screen.picture("archived")
    page.get_by_role("button", name="Take it out of the archive to go on").click()
    page.get_by_label("Your question").wait_for()


def test_a_shared_link_shows_the_copy_to_a_browser_without_an_account_until_it_is_revoked(watched, site):
    screen = watched()
    page = signed_in(screen, site)
    new_talk(page, "show the map")
    page.locator("#turn-1 img").wait_for()
    page.locator(".manage summary").first.click()
    page.get_by_role("link", name="Share", exact=True).click()
    screen.accessible("share")
    screen.picture("share")
    page.get_by_role("button", name="Make a link").click()
    address = page.get_by_label("Link", exact=True).input_value()
    screen.picture("share-made")
    place = "/shared/" + address.split("/shared/")[1]
    for phone in (False, True):
        reader = watched(phone=phone)
        reader.page.goto(place)
        reader.page.locator(".turn img").first.wait_for()
        assert reader.page.evaluate("document.querySelector('.turn img').naturalWidth") > 100
        assert reader.page.locator("a, button, form, script").count() == 0
        assert site.demo_email not in reader.page.content()
        reader.accessible("shared")
        reader.picture("shared-phone" if phone else "shared")
    page.goto("/conversations/shared/")
    assert "opened 2 times" in page.locator("main").inner_text()
    screen.accessible("links")
    screen.picture("links")
    page.get_by_role("button", name="Revoke").first.click()
    page.get_by_text("The link no longer works.").wait_for()
    gone = watched(expected={410})
    gone.page.goto(place)
    assert "shows nothing" in gone.page.locator("h1").inner_text()
