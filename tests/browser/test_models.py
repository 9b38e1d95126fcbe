"""Language models in a real browser: words as they come, Stop, Esc, what happens where streams don't pass, and the arena."""

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial

import pytest

from assistant.tests.arena import TEXTS, VERSIONS
from assistant.tests.scripted import Call, Say, Scripted
from chatmrpt.stack.throwaway import ThrowawayStack
from tests.browser.conftest import Site
from tests.browser.journey import ask_anew
from tests.browser.test_chat import signed_in
from tests.browser.watching import WAYS
from tests.running_stack import running

QUESTION = "please tell the story behind everything"
FIRST = "The rains came early."
LAST = "The fields were green."


COMPARED = "Who should sleep under a net first?"
# The first that is configured answers turns.
FIRST_MODEL = next(iter(VERSIONS))


def script(name: str, messages, number: int):
    """Compares in one sentence; else looks something up, then talks: slowly enough to be stopped when it is asked to take its time."""
    if COMPARED in str(messages):
        return Say(TEXTS[name])
    if messages[-1]["role"] != "tool":
        return Call("count_wards")
    slow = "slowly" in str(messages)
    return Say(f"{FIRST} {'It went on and on. ' * (40 if slow else 2)}{LAST}", 0.5 if slow else 0.15)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A stack of its own, with three models configured."""
    folders, more = ThrowawayStack(), {"LANGUAGE_MODELS": ",".join(VERSIONS)}
    try:
        with ExitStack() as servers:
            for name, version in VERSIONS.items():
                server = servers.enter_context(Scripted(partial(script, name)).running())
                parts = {"PROTOCOL": "openai", "URL": f"{server.address}/v1", "MODEL": version}
                more |= {f"LANGUAGE_MODEL_{name.upper()}_{part}": value for part, value in parts.items()}
            with running(folders.folder / "state", **more) as stack:
                _, url, email, password = stack.ready_line().split()
                yield Site(url.rstrip("/"), email, password, folders.folder / "state")
    finally:
        folders.remove()


def test_words_are_shown_as_they_come_and_the_stored_turn_in_the_end(watched, site):
    screen = watched()
    page = signed_in(screen, site)
    turn = ask_anew(page, QUESTION)
    turn.locator("[data-live] p").first.wait_for(timeout=30_000)
    assert turn.get_attribute("data-running"), "the words came before the turn had ended"
    assert LAST not in turn.inner_text()
    screen.picture("while it talks")
    turn.locator(".comment").wait_for(timeout=30_000)
    assert "In this session:" in turn.inner_text(), "what the tool found stands first, in our words"
    assert FIRST in turn.inner_text()
    assert LAST in turn.inner_text()
    assert f"language model “{FIRST_MODEL}”" in turn.inner_text()
    screen.accessible("answered")
    page.reload()
    assert LAST in page.locator("article.turn").last.inner_text()


@pytest.mark.parametrize("how", ["button", pytest.param("escape", marks=pytest.mark.slow)])
def test_stopping_ends_it_at_once(watched, site, how):
    page = signed_in(watched(), site)
    turn = ask_anew(page, f"{QUESTION}, slowly")
    turn.locator("[data-live] p").first.wait_for(timeout=30_000)
    if how == "button":
        turn.get_by_role("button", name="Stop").click()
    else:
        page.keyboard.press("Escape")
    turn.get_by_text("Stopped.").wait_for(timeout=10_000)
    assert FIRST not in turn.inner_text(), "nothing of what the model said is kept"
    assert turn.locator("[data-chips] button, [data-chips] a").count(), "there is always a next step"


def test_where_streams_do_not_pass_the_turn_is_asked_for(watched, site):
    page = signed_in(watched(expected={404}), site)
    page.route("**/stream/**", lambda route: route.fulfill(status=404))
    turn = ask_anew(page, QUESTION)
    turn.locator(".comment").wait_for(timeout=45_000)
    assert LAST in turn.inner_text()


def test_without_scripts_the_page_refreshes_until_the_answer_is_there(watched, site):
    page = signed_in(watched(scripts=False), site)
    turn = ask_anew(page, QUESTION)
    turn.locator(".comment").wait_for(timeout=45_000)
    assert LAST in turn.inner_text()


@pytest.mark.parametrize(("phone", "scripts"), WAYS)
def test_answers_are_voted_on_and_the_names_come_last(watched, site, phone, scripts):
    screen = watched(phone=phone, scripts=scripts)
    page = signed_in(screen, site)
    page.get_by_role("link", name="Arena").click()
    page.get_by_label("Your question").fill(COMPARED)
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
