"""Numbers that a language model says to a tool: the person's own, or found in this turn; never its own idea.

What is said to a tool comes back as a fact of its result ("with rainfall above 1,200"), so a number that nobody said
would pass for a finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from analysis.core.variables import lookup
from assistant.core.reading import Lexicon, read
from assistant.core.verifier import holds_number, strings_in, unsupported_numbers

# How long a list may be without that anybody asked for it.
LENGTHS = frozenset({0, 1, 3, 5, 10, 15, 20, 25, 50, 100, 200})
# What the figures of a result are called: map_variable_01.
FIGURE = re.compile(r"[a-z]+(?:_[a-z]+)*_\d\d")


def invented(
    said: Mapping[str, Any], questions: Sequence[str], results: Iterable[Any], names: Iterable[str] = ()
) -> list[str]:
    """Return what of a call's arguments holds a number that nobody said and nothing found.

    Parameters
    ----------
    said : mapping
        The arguments as the model wrote them.
    questions : sequence of str
        What the person asked, now and before; "900k" and "half a million" are numbers, too.
    results : iterable
        What the tools of this turn returned.
    names : iterable of str
        Names of columns, wards and LGAs of the session, and words that a tool's schema lists; all may hold digits.
    """
    known = {name.casefold() for name in names}
    asked = " ".join(questions).casefold()
    found = [*results, [item.amount for text in questions for item in read(text, Lexicon()).numbers()]]
    repeated = {text.casefold() for text in strings_in(found)}
    return [
        word
        for word in _words(said)
        if word.casefold() not in known | repeated
        and not _repeated(word, asked)
        and unsupported_numbers(word, found, known)
    ]


def _repeated(word: str, asked: str) -> bool:
    """Whether a text holds no number of its own, is a known name, or was asked in these words."""
    if not holds_number(word) or lookup(word) is not None:
        return True
    is_figure = FIGURE.fullmatch(word) is not None and not holds_number(
        word.rpartition("_")[0].replace("_", " ")
    )
    as_asked = re.compile(rf"(?<![\w-]){re.escape(word.casefold())}(?![\w-])")
    return is_figure or (not _is_number(word) and as_asked.search(asked) is not None)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _words(said: Any, name: str = "") -> Iterator[str]:
    if isinstance(said, Mapping):
        for key, value in said.items():
            yield from _words(value, str(key))
    elif isinstance(said, (list, tuple)):
        for value in said:
            yield from _words(value, name)
    elif isinstance(said, bool) or said is None or (name == "limit" and said in LENGTHS):
        return
    elif isinstance(said, (int, float)):
        yield f"{said:f}".rstrip("0").rstrip(".") if isinstance(said, float) else str(said)
    else:
        yield str(said)
