"""A figure has the same bytes whichever it is of its process."""

import altair as alt
import pandas as pd

from analysis.figures.stable_ids import counted_anew

SVG = '<g clip-path="url(#clip12)"/><rect fill="url(#gradient_8)"/><linearGradient id="gradient_8"/><clipPath id="clip12"/>'


def test_ids_are_counted_from_the_beginning_and_still_refer():
    once = counted_anew(SVG)
    assert once.count("clip0") == once.count("gradient_1") == 2
    assert counted_anew(SVG.replace("12", "40").replace("_8", "_9")) == once
    assert counted_anew(once) == once


def test_words_that_look_like_ids_stay():
    text = '<text>clip12 and gradient_8</text><text aria-label="clip12 of Kano">x</text>'
    assert counted_anew(text) == text


def test_the_engine_draws_the_same_document_twice():
    import vl_convert

    values = pd.DataFrame({"x": [1, 2], "y": [3, 4]})
    chart = alt.Chart(values).mark_point(clip=True).encode(x="x", y="y", color=alt.Color("y:Q")).to_dict()
    first, second = (vl_convert.vegalite_to_svg(chart) for _ in range(2))
    assert first != second, "the engine has stopped counting, and we may, too"
    assert counted_anew(first) == counted_anew(second)
