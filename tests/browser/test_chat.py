"""The conversation in a real browser: with scripts on a laptop, on a phone, and without scripts."""

import pytest


@pytest.mark.parametrize(("phone", "scripts"), [(False, True), (True, True), (False, False)])
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
