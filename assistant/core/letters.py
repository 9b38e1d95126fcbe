"""Text as it is read for numbers: one kind of digits and of letters, so that no look-alike passes."""

from __future__ import annotations

import re
import unicodedata

# A hook, a stroke or the shape of a small capital makes no other letter: ɗ, ø, ꜰ.
LATIN = re.compile(r"LATIN (?:SMALL |CAPITAL )?LETTER (?:SMALL CAPITAL |DOTLESS )?([A-Z])(?: WITH .*)?$")
# Letters of ordinary writing that have no plainer form.
ORDINARY = frozenset("ŋəɛɔæœßþðμŊƐƆÆŒÞÐ")
# Scripts whose letters pass for Latin ones.
LOOKALIKES = frozenset({"CYRILLIC", "GREEK", "CHEROKEE", "ARMENIAN", "COPTIC", "LISU"})
PERCENT = re.compile(r"(?i)\bper\s?cents?\b|\bpour\s?cents?\b|\bpct\b|٪")
# One of these stands in whatever the pattern finds.
MARKS = ("cent", "pct", "٪")
WORD = re.compile(r"[^\W\d_]+")


def plain(text: str) -> str:
    """Digits of any script as 0–9, fractions as digits, letters without marks, "%" for per cent, nothing invisible."""
    if not text.isascii():
        folded = unicodedata.normalize("NFKD", "".join(map(_plainer, text)))
        text = "".join(map(_latin, filter(lambda one: unicodedata.category(one) != "Mn", folded)))
    lower = text.lower()
    # Most texts are names of places, each looked at in every answer.
    return PERCENT.sub("%", text) if any(mark in lower for mark in MARKS) else text


def _plainer(character: str) -> str:
    if character.isascii():
        return character
    value = unicodedata.numeric(character, None)
    if value is not None:
        return f"{value:g}"
    category = unicodedata.category(character)
    if category == "So" and not unicodedata.normalize("NFKD", character).isalnum():
        # What a picture shows counts, too: a keycap, a die, a medal.
        return f" {unicodedata.name(character, '').lower()} "
    if category == "Cf":
        return ""
    return {"−": "-", "‐": "-", "‑": "-", "∕": "/"}.get(character, character)


def _latin(character: str) -> str:
    if character.isascii() or character in ORDINARY:
        return character
    found = LATIN.match(unicodedata.name(character, ""))
    return {"⁄": "/", "−": "-"}.get(character, character) if found is None else found[1].lower()


def strange_words(text: str) -> list[str]:
    """The words of a plain text that mix scripts, or are written in one that looks like Latin; single letters may stand."""
    return [] if text.isascii() else [word for word in WORD.findall(text) if _is_strange(word)]


def _is_strange(word: str) -> bool:
    foreign = {
        unicodedata.name(one, "?").split()[0] for one in word if not one.isascii() and one not in ORDINARY
    }
    mixed = bool(foreign) and any(one.isascii() or one in ORDINARY for one in word)
    return mixed or (len(word) > 1 and not foreign.isdisjoint(LOOKALIKES))
