"""How the chat page follows a turn's events: the script alone, with events that a test sends."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "static" / "js" / "chat.js"
TURN = (
    '<article class="turn" data-running="/turn" data-events="/stream?ticket=t"><p data-step></p>'
    "<div data-live></div></article>"
)
# Streams that a test speaks through, and a server that always has the turn still running.
FAKES = """turn => {
  window.streams = [];
  window.EventSource = class {
    constructor(url) { this.url = url; this.heard = {}; window.streams.push(this); }
    addEventListener(name, listener) { this.heard[name] = listener; }
    close() { this.closed = true; }
    tell(name, said, id) { this.heard[name]?.({ data: JSON.stringify(said), lastEventId: id }); }
  };
  window.fetch = async () => ({ ok: true, text: async () => turn });
}"""


@pytest.fixture
def page(browser) -> Iterator[Any]:
    opened = browser.new_page()
    opened.set_content(f'<div id="turns">{TURN}</div>')
    opened.evaluate(FAKES, TURN)
    opened.add_script_tag(content=SCRIPT.read_text())
    yield opened
    opened.close()


def tell(page: Any, event: str, number: int, **said: str) -> None:
    page.evaluate("told => streams.at(-1).tell(...told)", [event, said, f"{number}-0"])


def test_words_of_a_worker_that_died_are_not_shown_before_those_of_the_next(page):
    tell(page, "turn.queued", 1)
    for number, words in ((2, "From the first."), (4, "From the second.")):
        tell(page, "turn.started", number)
        tell(page, "delta", number + 1, text=words)
    assert page.locator("[data-live]").inner_text() == "From the second."


@pytest.mark.parametrize("event", ["turn.cancelled", "turn.stored"])
def test_events_that_end_while_the_turn_runs_on_are_asked_for_again_after_a_while(page, event):
    tell(page, event, 7)
    page.wait_for_timeout(700)
    assert page.evaluate("streams.length") == 1
    page.wait_for_function("streams.length === 2", timeout=5_000)
    assert page.evaluate("streams[1].url").endswith("&after=7-0")
