"""Long words in narrow columns: codes may break anywhere, words of a sentence only where a writer would."""

import pytest

from reports.renderers.pdf import breakable

HOP = "\u200b"


@pytest.mark.parametrize("text", ["insecticide-treated nets", "Kurebe-Kushaka", "moustiquaires imprégnées"])
def test_words_stay_whole(text):
    assert breakable(text) == text


@pytest.mark.parametrize(
    "code", ["4a18f189-21ac-4358-aa4a-f685081e8767", "a" * 40, "ward_table_of_2025_final.csv"]
)
def test_codes_get_places_to_break_and_read_the_same(code):
    broken = breakable(code)
    assert max(map(len, broken.split(HOP))) <= 6
    assert broken.replace(HOP, "") == code
