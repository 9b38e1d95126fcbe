"""Double-encoded text is repaired; whatever is not surely that stays as it is."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analysis.core.mojibake import repair_mojibake

# Letters beyond ASCII as people write them, each language by itself: none has both Ã and š.
LETTERS = {
    "Portuguese": "ÁÂÃÀÇÉÊÍÓÔÕÚáâãàçéêíóôõú",
    "French": "ÀÂÆÇÉÈÊËÎÏÔŒÙÛÜŸàâæçéèêëîïôœùûüÿ",
    "Spanish": "ÁÉÍÑÓÚÜáéíñóúü",
    "Yoruba and Igbo": "ÁÀẸÉÈÍÌỊÓÒỌṢÚÙỤáàẹéèíìịóòọṣúùụ\u0300\u0301",
    "Hausa": "ƁƊƘƳɓɗƙƴ",
    "Romanian and Turkish": "ÂĂÎȘȚĞİŞâăîșțğışÖÜöü",
    "Vietnamese": "ÂÃĂĐÊÔƠƯâãăđêôơưạảấầẩẫậ",
    "Arabic": "قريةالشمال",
}
JOINS = (" ", "… ", "…", " – ", "–", "—", "’", "” ", " “", "™", "-", ", ", " (", ") ", "/")


def encoded_twice(text: str) -> str:
    """As a program does that takes UTF-8 for Windows-1252 and keeps the five open bytes as they are."""
    raw = text.encode("utf-8")
    return "".join(
        bytes([byte]).decode("latin-1" if byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else "cp1252")
        for byte in raw
    )


@st.composite
def written(draw, languages=tuple(LETTERS)):
    """Words of one language with what stands between words."""
    alphabet = LETTERS[draw(st.sampled_from(languages))] + "aeiknorstAEKNORST09"
    words = draw(st.lists(st.text(alphabet, min_size=1, max_size=8), min_size=1, max_size=4))
    joins = draw(st.lists(st.sampled_from(JOINS), min_size=len(words), max_size=len(words)))
    return "".join(word + join for word, join in zip(words, joins, strict=True))


@given(written())
@example("AMANHÃ…")
@example("MANHÃ’S")
@example("IRMÃ–IRMÃ")
@example("NESCAFÉ™")
@example("SÃO TOMÉ")
@example("Â")
@example("AMANHÃ\u00a0HOJE")
@example("«AMANHÃ»")
@example("AMANHÃ» disse")
@example("Paraná¹²")
def test_what_people_write_stays_as_it_is(text):
    assert repair_mojibake(text) == text


@given(written(("Portuguese", "Spanish", "Yoruba and Igbo")), st.integers(1, 3))
def test_what_was_encoded_twice_or_more_is_read_as_meant(text, times):
    text = text.replace("\u0300", "").replace("\u0301", "")
    stages = [text]
    for _ in range(times):
        stages.append(encoded_twice(stages[-1]))
    # Where nothing stands but letters of which each could be meant as it is, it stops before the end.
    certain = any(letter in "ÁÉÍÑÓÚáâãçéñíóúẹọṣ" for letter in text)
    assert repair_mojibake(stages[-1]) in (stages[:1] if certain else stages)


@given(st.text(max_size=30))
def test_a_repaired_text_needs_no_second_repair(text):
    once = repair_mojibake(text)
    assert repair_mojibake(once) == once


@given(st.text(st.characters(exclude_characters="ÂÃáâ"), max_size=30))
def test_text_without_the_four_letters_that_give_it_away_is_never_touched(text):
    assert repair_mojibake(text) == text


@pytest.mark.parametrize(
    ("garbled", "meant"),
    [
        ("GaÃ±a", "Gaña"),
        ("GAÃ‘A", "GAÑA"),
        ("GaÃƒÂ±a", "Gaña"),
        ("ÃŽle", "Île"),
        ("â‚¦ 500", "₦ 500"),
        ("L’Ã©cole", "L’Ã©cole"),  # half of it is right: left alone
        ("Lâ€™Ã©cole", "L’école"),
        ("áº¸gbáº¹", "Ẹgbẹ"),
        ("Persons â‰¥5yrs", "Persons ≥5yrs"),
        ("Â‰", "Â‰"),
        ("�", "�"),
        ("", ""),
    ],
)
def test_examples(garbled, meant):
    assert repair_mojibake(garbled) == meant
