"""Comparing models in a real browser: with scripts on a laptop, on a phone, and without scripts."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from assistant.tests.arena import TEXTS, VERSIONS
from assistant.tests.scripted import Say, Scripted
from chatmrpt.stack.throwaway import ThrowawayStack
from tests.browser.conftest import Site
from tests.running_stack import running

QUESTION = "Who should sleep under a net first?"


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A stack of its own, with three models configured."""
    folders, more = ThrowawayStack(), {"LANGUAGE_MODELS": ",".join(VERSIONS)}
    try:
        with ExitStack() as servers:
            for name, version in VERSIONS.items():
                server = servers.enter_context(Scripted([Say(TEXTS[name])]).running())
                parts = {"PROTOCOL": "openai", "URL": f"{server.address}/v1", "MODEL": version}
                more |= {f"LANGUAGE_MODEL_{name.upper()}_{part}": value for part, value in parts.items()}
            with running(folders.folder / "state", **more) as stack:
                _, url, email, password = stack.ready_line().split()
                yield Site(url.rstrip("/"), email, password, folders.folder / "state")
    finally:
        folders.remove()


@pytest.mark.parametrize(("phone", "scripts"), [(False, True), (True, True), (False, False)])
def test_answers_are_voted_on_and_the_names_come_last(watched, site, phone, scripts):
    screen = watched(phone=phone, scripts=scripts)
    page = screen.page
    page.goto("/accounts/sign-in/")
    page.fill("[name=email]", site.demo_email)
    page.fill("[name=password]", site.demo_password)
    page.locator("main form button[type=submit]").first.click()
    page.get_by_role("heading", name="Your sessions").wait_for()
    page.get_by_role("link", name="Arena").click()
    page.get_by_label("Your question").fill(QUESTION)
    if scripts:
        screen.accessible("arena")
    page.get_by_role("button", name="Compare models").click()
    # By htmx, or by the page that refreshes itself.
    page.get_by_text("Round 1 of 2").wait_for(timeout=60_000)
    left, right = (page.get_by_role("region", name=name, exact=True) for name in ("Left", "Right"))
    beside = abs(left.bounding_box()["y"] - right.bounding_box()["y"]) < 2
    assert beside is not phone
    texts = {side.locator(".words").inner_text() for side in (left, right)}
    assert len(texts & set(TEXTS.values())) == 2
    assert not any(name in page.content() for name in (*VERSIONS, *VERSIONS.values()))
    screen.picture("battle")
    if scripts:
        screen.accessible("battle")
    page.get_by_label("Why? (optional)").fill("clearer")
    page.get_by_role("button", name="Left is better").click()
    page.get_by_text("Round 2 of 2").wait_for()
    page.reload()
    assert not any(name in page.content() for name in (*VERSIONS, *VERSIONS.values()))
    page.get_by_role("button", name="Both are bad").click()
    page.get_by_role("heading", name="Who answered").wait_for()
    assert page.locator("tbody tr").count() == 3
    assert all(name in page.content() for name in VERSIONS)
    screen.picture("reveal")
    if scripts:
        screen.accessible("reveal")
    page.get_by_role("link", name="The ranking over all users").click()
    assert page.get_by_text("Too few votes").count() == 3
    if scripts:
        screen.accessible("ranking")
