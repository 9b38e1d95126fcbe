"""Text that arrives in pieces, handed on sentence by sentence, and made fit to be shown as plain text."""

from __future__ import annotations

import re
import unicodedata

END = re.compile(r"(?<=[.!?])\s+|\n+")
MARKS = re.compile(r"\*\*|__|`+|^\s{0,3}(?:#{1,6}\s+|[-*•]\s+|>\s+)", re.MULTILINE)
# What turns writing round or hides it; a name in Arabic script needs none of these to be read.
HIDDEN = frozenset(["Cc", "Cf", "Co", "Cs", "Cn"])


class Sentences:
    """Gathers pieces of text; :meth:`feed` returns the sentences that are complete now."""

    def __init__(self) -> None:
        self._rest = ""

    def feed(self, piece: str) -> list[str]:
        """Return the sentences that this piece completes, without white space around them.

        Parameters
        ----------
        piece : str
            The next part of the text, cut anywhere.

        Returns
        -------
        list of str
            A sentence is complete when white space follows its last mark, or at the end of a line.
        """
        *whole, self._rest = END.split(self._rest + piece)
        return [text for text in (sentence.strip() for sentence in whole) if text]

    def rest(self) -> str:
        """Return what is left when the text has ended, and forget it."""
        rest, self._rest = self._rest.strip(), ""
        return rest


def plain_lines(text: str) -> list[str]:
    """Return the lines of a text that was written with marks: no Markdown, no invisible or control characters.

    Parameters
    ----------
    text : str
        What a language model wrote.

    Returns
    -------
    list of str
        Lines that hold something.
    """
    shown = "".join(
        character
        for character in text
        if character in "\n\t" or unicodedata.category(character) not in HIDDEN
    )
    return [line.strip() for line in MARKS.sub("", shown).splitlines() if line.strip()]
