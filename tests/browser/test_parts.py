"""A large file over a link that breaks: the browser goes on where it stopped, also after it was closed."""

import fcntl
import re
from pathlib import Path

import pytest

from sessions_app.files import large_file_lock
from tests.browser.journey import PATIENCE_MS, Journey

PART = 256 * 1024
LATER_PARTS = re.compile(r"/parts/[3-9]/$")


@pytest.fixture
def large_table(demo_files, tmp_path) -> Path:
    """A ward table of four parts; the blank lines at its end are nothing to its reader."""
    path = tmp_path / "large.csv"
    path.write_bytes(demo_files[0].read_bytes().rstrip() + b"\n" * (4 * PART - 1000))
    assert 3 * PART < path.stat().st_size <= 4 * PART + 100_000
    return path


def sent_parts(screen) -> list[int]:
    urls = [answer.url for answer in screen.requests if answer.request.method == "PUT" and answer.ok]
    return [int(url.rstrip("/").rpartition("/")[2]) for url in urls if "/parts/" in url]


def test_a_broken_link_and_a_closed_browser_lose_no_part(watched, newcomer, large_table):
    screen = watched(phone=True)
    journey = Journey(screen, scripts=True)
    journey.sign_up(**newcomer)
    journey.create_session("Bad link")
    address = screen.page.url
    state = screen.context.storage_state()

    screen.context.route(LATER_PARTS, lambda route: route.abort("connectionreset"))
    panel = screen.page.locator("section#ward_table")
    panel.locator("input[type=file]").set_input_files(large_table)
    panel.get_by_role("button", name="Upload").click()
    panel.get_by_text("No connection. Trying again in").wait_for()
    journey.seen("link-broken")
    screen.fits("link broken")
    assert sent_parts(screen) == [1, 2]
    screen.troubles.clear()  # the connections that were broken on purpose
    screen.page.close()

    again = watched(phone=True, storage_state=state)
    again.page.goto(address)
    panel = again.page.locator("section#ward_table")
    panel.get_by_text("large.csv: 512.0\xa0KB of").wait_for()
    again.accessible("an upload waits")
    again.picture("02-upload-waits")
    panel.locator("input[type=file]").set_input_files(large_table)
    panel.get_by_role("button", name="Upload").click()
    again.page.locator("section#ward_table time").wait_for(timeout=PATIENCE_MS)
    assert sent_parts(again) == [3, 4, 5][: len(sent_parts(again))]
    assert again.page.get_by_text("Choose the same file again").count() == 0


def test_another_file_of_the_same_beginning_begins_anew(watched, newcomer, large_table):
    """Somebody changed the end of the file in between: no mixture of the two is ever stored."""
    screen = watched()
    journey = Journey(screen, scripts=True)
    journey.sign_up(**newcomer)
    journey.create_session("Edited")
    screen.context.route(LATER_PARTS, lambda route: route.abort("connectionreset"))
    panel = screen.page.locator("section#ward_table")
    panel.locator("input[type=file]").set_input_files(large_table)
    panel.get_by_role("button", name="Upload").click()
    panel.get_by_text("No connection. Trying again in").wait_for()
    panel.get_by_role("button", name="Cancel").click()
    panel.get_by_text("Stopped. What was sent is kept").wait_for()
    screen.troubles.clear()
    screen.context.unroute(LATER_PARTS)
    before = len(sent_parts(screen))

    content = bytearray(large_table.read_bytes())
    content[PART + 10 : PART + 12] = b"\r\n"
    large_table.write_bytes(content)
    panel.locator("input[type=file]").set_input_files(large_table)
    panel.get_by_role("button", name="Upload").click()
    screen.page.locator("section#ward_table time").wait_for(timeout=PATIENCE_MS)
    assert sent_parts(screen)[before:][:2] == [1, 2]


@pytest.mark.slow
def test_a_large_file_that_had_to_wait_is_stored_without_being_sent_again(watched, newcomer, large_table):
    """Somebody else's is being read longer than anybody waits; the lock is the one that the server's processes take."""
    large_table.write_bytes(large_table.read_bytes() + b"\n" * (9 << 20))
    screen = watched(phone=True)
    journey = Journey(screen, scripts=True)
    journey.sign_up(**newcomer)
    journey.create_session("Many at once")
    panel = screen.page.locator("section#ward_table")
    panel.locator("input[type=file]").set_input_files(large_table)
    with large_file_lock().open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        panel.get_by_role("button", name="Upload").click()
        panel.get_by_text("The server is busy. Everything is sent").wait_for(timeout=3 * PATIENCE_MS)
        screen.fits("a large file waits")
    screen.troubles.clear()  # the refusal
    sent = sent_parts(screen)
    screen.page.locator("section#ward_table time").wait_for(timeout=3 * PATIENCE_MS)
    assert sent_parts(screen) == sent
