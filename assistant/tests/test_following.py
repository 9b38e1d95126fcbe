"""What goes on from the question before is asked of what was meant there, or is no question."""

import pytest

from assistant.core.following import followed
from assistant.core.routing import decide
from assistant.tests.utterances import lexicon


@pytest.mark.parametrize(
    ("before", "now", "intent", "slots"),
    [
        # A ward in the place of a list has its own value.
        ("top 10 wards", "and in Kawo?", "value", {"ward": "Kawo", "measure": "composite_rank"}),
        ("top 10 wards by rainfall", "and in Kawo?", "value", {"ward": "Kawo", "measure": "rainfall"}),
        ("wards with tpr above 40", "what about Kawo", "value", {"ward": "Kawo", "measure": "u5_tpr_rdt"}),
        ("which wards are high risk", "and in Kawo?", "value", {"ward": "Kawo", "measure": "composite_tier"}),
        ("average tpr", "et à Kawo ?", "value", {"ward": "Kawo", "measure": "u5_tpr_rdt"}),
        ("rank the LGAs by tpr", "and in Bosso?", "value", {"lga": "Bosso", "measure": "u5_tpr_rdt"}),
        ("map of tpr", "and in Kawo?", "value", {"ward": "Kawo", "measure": "u5_tpr_rdt"}),
        # What the question before takes stays with it.
        ("rainfall in Kawo", "and in Beji?", "value", {"ward": "Beji", "measure": "rainfall"}),
        ("why is Kawo high risk", "and in Beji?", "explain", {"ward": "Beji"}),
        ("top 10 wards by rainfall", "and in Bosso?", "rank", {"limit": 10, "by": "rainfall", "lga": "Bosso"}),
        ("map of tpr", "same for rainfall", "map", {"variable": "rainfall"}),
        # Of two variables, of a relation and of a map without one nobody knows what is asked.
        ("wards with tpr above 40 and rainfall above 1000", "and in Kawo?", "follow", {"ward": "Kawo"}),
        ("correlate rainfall and tpr", "and in Kawo?", "follow", {"ward": "Kawo"}),
        ("show the map", "and in Kawo?", "follow", {"ward": "Kawo"}),
        ("why is Kawo high risk", "and the lowest?", "follow", {"ascending": True}),
    ],
)  # fmt: skip
def test_a_question_that_goes_on_asks_what_was_asked_before(before, now, intent, slots):
    last, next_one = decide(before, lexicon()), decide(now, lexicon())
    focus = {"intent": last.intent, "slots": dict(last.slots)}
    assert followed(next_one.intent, dict(next_one.slots), focus) == (intent, slots)
