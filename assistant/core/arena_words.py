"""Words that must not pass: a question that repeats somebody's data, and an answer that says whose it is."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

SHORTEST = 4
WORD = re.compile(r"[^\W_]+", re.UNICODE)
DECIMAL = re.compile(r"\d[.,]\d")
LONG_NUMBER = re.compile(r"(?<!\d)\d{4,}(?!\d)")
YEARS = range(1900, 2101)
# Names of model families and of who makes them; the names that are configured come beside them.
_FAMILIES_TEXT = """
    anthropic claude sonnet haiku opus openai chatgpt gpt gemini gemma google deepmind bard llama meta mistral
    mixtral ministral codestral qwen qwq alibaba tongyi deepseek grok xai cohere aya falcon phi microsoft
    copilot olmo granite ibm nemotron nvidia yi zhipu glm kimi moonshot ernie baidu hunyuan tencent nova titan
    perplexity vicuna wizardlm zephyr solar jamba reka inflection
"""
# Words of that list which are ordinary ones, too: they give somebody away only beside a number or with a capital.
_ORDINARY_TEXT = (
    "meta google nova titan solar yi aya phi bard falcon granite opus sonnet haiku microsoft ibm copilot reka"
)
ORDINARY = frozenset(_ORDINARY_TEXT.split())
FAMILIES = frozenset(_FAMILIES_TEXT.split()) - ORDINARY
MASK = "▒▒▒"
_PLAIN = "|".join(sorted(ORDINARY))
_CAPITAL = "|".join(sorted({form for word in ORDINARY for form in (word.capitalize(), word.upper())}))
_ORDINARY_NAMES = re.compile(
    rf"(?<![^\W_])(?:(?:{_CAPITAL})(?:[-\s]?\d[\w.]*)?|(?i:{_PLAIN})[-\s]?\d[\w.]*"
    rf"|(?:(?<=\bby )|(?<=\bfrom )|(?<=\bat ))(?i:{_PLAIN}))(?![^\W_])"
)


def folded(text: str) -> str:
    """Return a text without accents and in small letters."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(character for character in plain if not unicodedata.combining(character)).casefold()


def words_of(text: str) -> set[str]:
    """Return the words of a text, without accents and in small letters; a hyphen or underscore ends a word."""
    return set(WORD.findall(folded(text)))


def quotes(question: str, names: Iterable[str], known: Iterable[str] = ()) -> bool:
    """Return whether a question may repeat what somebody uploaded.

    Parameters
    ----------
    question : str
        What was asked.
    names : iterable of str
        Every name in that person's data: wards, LGAs, columns, files, sessions.
    known : iterable of str
        Words that everybody uses, such as "rainfall"; they give nothing away though they stand in a name.

    Returns
    -------
    bool
        True when a word of four letters or more stands in a name, when a shorter name stands in the question as a whole,
        or when the question holds a measured number: one with decimals, or of four digits or more that is no year.
        It errs on that side: a question that is held back costs little.
    """
    asked = words_of(question)
    common = {word for text in known for word in words_of(text)}
    for name in names:
        words = words_of(name) - common
        if any(len(word) >= SHORTEST and word in asked for word in words):
            return True
        if words and words <= asked:
            return True
    if DECIMAL.search(question):
        return True
    bare = re.sub(r"(?<=\d)[ ,\u00a0\u202f](?=\d{3}(?!\d))", "", question)
    return any(int(number) not in YEARS for number in LONG_NUMBER.findall(bare))


def masked(text: str, names: Iterable[str]) -> str:
    """Return an answer in which no model says its own name.

    Parameters
    ----------
    text : str
        An answer.
    names : iterable of str
        What providers call the models that take part, such as "qwen3:8b".

    Returns
    -------
    str
        Each such name, the words with letters that it is made of, and the names of the known families are covered, also
        with a version after them ("Llama 3.1"). Names that are ordinary words, too, are covered with a capital, with a
        version, and behind "by", "from" or "at".
    """
    whole = {name for name in names if name}
    words = {word for name in whole for word in WORD.findall(name) if not word.isdigit()}
    # "o3" gives itself away however short it is; "phi" of phi-4 is an ordinary word.
    parts = {word for word in words if len(word) >= SHORTEST or any(letter.isdigit() for letter in word)}
    stems = {part.rstrip("0123456789") for part in parts}
    hidden = whole | parts | {stem for stem in stems if len(stem) >= SHORTEST} | FAMILIES
    either = "|".join(re.escape(word) for word in sorted(hidden, key=lambda word: (-len(word), word)))
    covered = re.sub(rf"(?i)(?<![^\W_])(?:{either})(?:[-\s]?\d[\w.]*)?(?![^\W_])", MASK, text)
    return _ORDINARY_NAMES.sub(MASK, covered)
