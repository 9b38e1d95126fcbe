"""How many of what, and what in a sentence is ours."""

from collections.abc import Iterable


def plural(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def ours(text: str) -> str:
    """Mark words of ours inside a sentence, such as the name of a variable.

    The sentence is the same; the catalogue calls the place `…_words`, and a page says in its language what stands there.
    """
    return text


def each(texts: Iterable[str], between: str = "; ") -> str:
    """The same for a list of them: the place is called `…_list`."""
    return between.join(texts)
