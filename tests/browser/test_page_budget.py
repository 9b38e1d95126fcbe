"""What a page may weigh, with nothing in the cache: on a slow link that is what people wait for."""

import pytest

from benchmarks.page_weight import (
    MOST_BYTES,
    MOST_MAP_BYTES,
    MOST_MAP_REQUESTS,
    MOST_REQUESTS,
    OPEN,
    addresses,
    visit,
)


@pytest.fixture(scope="module")
def known(browser, site):
    return addresses(browser, site.url, site.demo_email, site.demo_password)


@pytest.mark.parametrize("name", ["first page", "sign-in", "sessions", "ranking", "map"])
def test_a_main_page_keeps_its_budget(browser, site, known, name):
    pages, state = known
    seen = visit(browser, site.url, pages[name], None if name in OPEN else state)
    heaviest, most = (MOST_MAP_BYTES, MOST_MAP_REQUESTS) if name == "map" else (MOST_BYTES, MOST_REQUESTS)
    assert seen.requests <= most
    assert 1_000 < seen.bytes <= heaviest
    assert (seen.library_bytes > 0) == (name == "map"), "only the map brings the map's library"
    assert seen.seconds > 0
