"""Every event that the code can write stands in docs/reference/events.md with what it holds."""

import pytest

from scripts.documentation import events_in_code
from scripts.documentation.events_in_code import documented


@pytest.fixture(scope="module")
def written() -> dict[str, set[str]]:
    return events_in_code.written()


def test_the_page_names_every_verb_of_the_code_and_no_other(written):
    assert set(documented()) == set(written)


def test_the_page_names_what_each_event_holds(written):
    page = documented()
    assert {verb: data - page[verb] for verb, data in written.items() if data - page[verb]} == {}


def test_the_search_sees_verbs_wherever_they_are_written(written):
    """Those that are hardest to see: in SQL, behind a default, in a condition, as a positional argument."""
    hidden = {
        "isolation.attempt", "share.opened", "account.password_changed", "turn.failed", "result.cancelled",
        "result.failed", "staff.listed", "battle.started", "reference.withdrawn", "account.token_revoked",
    }  # fmt: skip
    assert hidden <= set(written)
