"""The what-if slider of the nets page: other stocks without a new page, and nothing stored by it."""

import re

from tests.browser.test_screens import signed_in_state

__all__ = ["signed_in_state"]


def covered(page) -> int:
    """People whom the plan on the page covers."""
    line = page.locator("#tried .summary-line").inner_text()
    return int(re.search(r"nets cover ([\d,]+) of", line).group(1).replace(",", ""))


def test_the_slider_tries_other_stocks_and_stores_nothing(watched, signed_in_state):
    screen = watched(storage_state=signed_in_state)
    page = screen.page
    page.goto("/sessions/")
    page.locator(".cards h2 a").first.click()
    page.locator(".steps a", has_text="Nets").click()
    page.wait_for_url("**/nets/**")
    stored = page.locator("table a[href*='/plans/']").count()
    assert page.locator("[data-slider]").is_hidden(), "there is nothing to slide before a plan is tried"
    page.fill("#nets", "20000")
    page.select_option("#population", "column:population")
    page.locator("#tried .summary-line").wait_for()
    few = covered(page)
    page.evaluate("window.notReloaded = true")
    slider = page.locator("#slide")
    slider.wait_for()
    most = int(slider.get_attribute("max"))
    assert most > 20_000
    slider.focus()
    with page.expect_response(re.compile(r"/nets/\?")):
        slider.press("End")
    page.wait_for_function("() => Number(document.querySelector('#nets').value) > 20000")
    page.wait_for_function(
        "few => Number(document.querySelector('#tried .summary-line').innerText"
        ".match(/nets cover ([\\d,]+) of/)[1].replaceAll(',', '')) > few",
        arg=few,
    )
    # The last step that fits below the end of the slider.
    assert 0 <= most - int(page.input_value("#nets")) < int(slider.get_attribute("step"))
    assert page.evaluate("window.notReloaded"), "the page was loaded anew"
    page.reload()
    assert page.locator("table a[href*='/plans/']").count() == stored
    screen.accessible("nets with a slider")
