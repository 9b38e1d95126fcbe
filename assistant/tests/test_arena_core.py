"""The pure part of comparing models: sides, rounds, ratings, and words that must not pass."""

import math
import random
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.core.arena_matches import CHOICES, Pairing, final_order, first_round, line_up, next_round
from assistant.core.arena_ratings import CENTRE, POINTS, Comparison, standings, strengths
from assistant.core.arena_words import MASK, masked, quotes

SEEDS = st.integers(0, 2**62)
NAMES = ("ash", "birch", "cedar", "oak")

# American League 1987, seven teams of the East, 13 games each pair; wins of the row over the column. Table and estimates:
# A. Agresti, Categorical Data Analysis, 2nd ed., 2002, section 10.6 (Bradley-Terry, Baltimore = 0).
TEAMS = ("Milwaukee", "Detroit", "Toronto", "New York", "Boston", "Cleveland", "Baltimore")
BASEBALL = np.array(
    [
        [0, 7, 9, 7, 7, 9, 11],
        [6, 0, 7, 5, 11, 9, 9],
        [4, 6, 0, 7, 7, 8, 12],
        [6, 8, 6, 0, 6, 7, 10],
        [6, 2, 6, 7, 0, 7, 12],
        [4, 4, 5, 6, 6, 0, 6],
        [2, 4, 1, 3, 1, 7, 0],
    ]
)
PUBLISHED = (1.58, 1.44, 1.29, 1.25, 1.11, 0.68, 0.0)


def by_fixed_point(wins, prior):
    """Another way to the same maximum: Hunter's MM iteration, with the average opponent as one more player."""
    size = len(wins)
    table = np.zeros((size + 1, size + 1))
    table[:size, :size] = wins
    table[:size, size] = table[size, :size] = prior / 2
    games, power = table + table.T, np.ones(size + 1)
    for _ in range(200_000):
        new = table.sum(axis=1) / (games / (power[:, None] + power[None, :])).sum(axis=1)
        new /= new[size]
        if np.abs(new / power - 1).max() < 1e-13:
            break
        power = new
    return np.log(power[:size])


def test_published_strengths_come_out():
    pairs = BASEBALL + BASEBALL.T
    assert (pairs == 13 * (1 - np.eye(7))).all()
    found = strengths(BASEBALL, prior=1e-9)
    assert found - found[-1] == pytest.approx(PUBLISHED, abs=0.006)


def test_two_models_by_hand():
    """Three to one: odds of 3, so ln 3, as the prior goes to nothing; with it, the equation of the maximum holds."""
    two = np.array([[0.0, 3.0], [1.0, 0.0]])
    first, second = strengths(two, prior=1e-9)
    assert first - second == pytest.approx(math.log(3), abs=1e-6)
    first, second = strengths(two, prior=1.0)
    # By symmetry θ and -θ: 3 - 4 σ(2θ) + 1/2 - σ(θ) = 0.
    assert first == pytest.approx(-second)
    assert 3.5 - 4 / (1 + math.exp(-2 * first)) - 1 / (1 + math.exp(-first)) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("prior", [0.1, 1.0, 4.0])
def test_another_algorithm_finds_the_same(prior):
    assert strengths(BASEBALL, prior) == pytest.approx(by_fixed_point(BASEBALL, prior), abs=1e-7)


def test_a_model_that_won_everything_and_models_that_never_met_stay_finite():
    won_all = np.array([[0, 500, 0], [0, 0, 0], [0, 0, 0]])
    first, second, third = strengths(won_all)
    assert third == pytest.approx(0, abs=1e-9)
    assert 0 < first < 20
    assert second == pytest.approx(-first)
    assert strengths(won_all) == pytest.approx(by_fixed_point(won_all, 1.0), abs=1e-6)


@pytest.mark.parametrize(
    ("wins", "prior"),
    [([[0, 1]], 1.0), ([[0, -1], [0, 0]], 1.0), ([[0, math.nan], [0, 0]], 1.0), ([[0, 1], [1, 0]], 0.0)],
)
def test_what_is_no_table_of_wins_is_refused(wins, prior):
    with pytest.raises(ValueError, match="wins"):
        strengths(np.array(wins), prior)


VOTES = st.lists(
    st.builds(
        lambda voter, pair, choice: Comparison(voter, pair[0], pair[1], choice),
        st.integers(0, 5),
        st.permutations(NAMES),
        st.sampled_from(CHOICES),
    ),
    min_size=1,
    max_size=25,
)


def told(votes, seed=7):
    return {one.model: one for one in standings(votes, seed=seed, draws=40)}


@given(VOTES, st.randoms(use_true_random=False))
def test_the_order_of_votes_changes_nothing(votes, shuffler):
    other = list(votes)
    shuffler.shuffle(other)
    assert standings(votes, seed=7, draws=40) == standings(other, seed=7, draws=40)


@given(VOTES)
def test_sides_are_symmetric(votes):
    turn = {"left": "right", "right": "left"}
    turned = [Comparison(v.voter, v.right, v.left, turn.get(v.choice, v.choice)) for v in votes]
    assert told(turned) == told(votes)


@given(VOTES)
def test_both_bad_is_counted_and_changes_no_rating(votes):
    more = [*votes, Comparison(0, votes[0].left, votes[0].right, "both_bad")]
    before, after = told(votes), told(more)
    for name in after:
        assert after[name].rating == pytest.approx(before[name].rating, abs=1e-9)
    left = votes[0].left
    assert after[left].both_bad == before[left].both_bad + 1


@given(VOTES)
def test_a_win_never_lowers_the_winner(votes):
    before = told(votes)
    left, right = votes[0].left, votes[0].right
    after = told([*votes, Comparison(0, left, right, "left")])
    assert after[left].rating > before[left].rating
    assert after[right].rating < before[right].rating


@given(VOTES)
def test_counts_add_up_and_intervals_hold_numbers(votes):
    found = told(votes)
    assert sum(one.comparisons for one in found.values()) == 2 * len(votes)
    assert sum(one.wins for one in found.values()) == sum(one.losses for one in found.values())
    for one in found.values():
        assert one.wins + one.losses + one.ties + one.both_bad == one.comparisons
        assert (one.low is None) == (one.high is None)
        if one.low is not None:
            assert one.low < one.high
            assert math.isfinite(one.low)
            assert math.isfinite(one.high)


def test_all_ties_are_all_average_and_no_votes_are_no_ranking():
    found = told([Comparison(1, "ash", "oak", "tie"), Comparison(2, "oak", "ash", "tie")])
    assert {one.rating for one in found.values()} == {CENTRE}
    assert standings([], seed=1) == []


@pytest.mark.parametrize("choice", ["tie", "left", "both_bad"])
def test_voters_of_one_mind_are_no_certainty(choice):
    found = told([Comparison(voter, "ash", "oak", choice) for voter in range(3)])
    assert {(one.low, one.high) for one in found.values()} == {(None, None)}


def test_models_that_no_votes_connect_stand_in_groups():
    votes = [
        Comparison(1, "ash", "oak", "left"),
        Comparison(2, "ash", "oak", "right"),
        Comparison(1, "cedar", "birch", "left"),
        Comparison(2, "oak", "cedar", "both_bad"),
    ]
    apart = told(votes)
    assert {name: one.group for name, one in apart.items()} == {"cedar": 1, "birch": 1, "ash": 2, "oak": 2}
    joined = told([*votes, Comparison(2, "elm", "birch", "tie"), Comparison(3, "oak", "elm", "tie")])
    assert {one.group for one in joined.values()} == {1}


def test_a_tie_is_half_a_win_for_each():
    tie = told([Comparison(1, "ash", "oak", "tie"), Comparison(1, "ash", "oak", "left")])
    assert tie["ash"].rating == pytest.approx(CENTRE + POINTS * strengths(np.array([[0, 1.5], [0.5, 0]]))[0])


def test_more_voters_make_the_interval_narrower_and_the_seed_makes_it_the_same():
    def votes(voters):
        return [
            Comparison(n, "ash", "oak", "left" if n % 3 else "right") for n in range(voters) for _ in range(3)
        ]

    few, many = told(votes(6))["ash"], told(votes(90))["ash"]
    assert few.high - few.low > 1.5 * (many.high - many.low) > 0
    assert told(votes(6)) == told(votes(6))
    assert told(votes(6), seed=8)["ash"].low != few.low


def test_one_voter_however_busy_is_no_precision():
    """Voters are drawn, not votes: a thousand votes of one person say nothing about how others would vote."""
    two = [Comparison("x", "ash", "oak", "left")] * 500 + [Comparison("y", "ash", "oak", "right")] * 500
    found = told(two)["ash"]
    assert found.high - found.low > 500


def test_no_comparison_with_oneself_and_no_unknown_choice():
    for wrong in (Comparison(1, "ash", "ash", "left"), Comparison(1, "ash", "oak", "middle")):
        with pytest.raises(ValueError, match="no comparison"):
            standings([wrong], seed=1)


# Match-ups


@given(SEEDS, st.permutations(NAMES), st.integers(2, 4))
def test_the_line_up_hangs_on_the_seed_alone(seed, order, most):
    chosen = line_up(order, seed, most)
    assert chosen == line_up(NAMES, seed, most)
    assert len(set(chosen)) == most


def test_fewer_than_two_or_one_twice_is_no_line_up():
    for wrong in ([], ["ash"], ["ash", "ash"]):
        with pytest.raises(ValueError, match="two models"):
            line_up(wrong, 1, 4)


def test_sides_and_line_ups_are_drawn_evenly():
    lefts = sum(first_round(seed).side_a == 0 for seed in range(2_000))
    stays = sum(first_round(seed).stays == "a" for seed in range(2_000))
    firsts = [line_up(NAMES, seed, 4)[0] for seed in range(2_000)]
    # Six standard deviations of a fair draw.
    assert abs(lefts - 1_000) < 135
    assert abs(stays - 1_000) < 135
    assert all(abs(firsts.count(name) - 500) < 117 for name in NAMES)
    before = Pairing(0, 1, "a")
    champion_left = sum(next_round(seed, 2, before, "left", 3).side_a == 0 for seed in range(2_000))
    assert abs(champion_left - 1_000) < 135


@given(SEEDS, st.lists(st.sampled_from(CHOICES), min_size=4, max_size=4))
def test_the_winner_meets_the_next_and_the_champion_stays_on_a_tie(seed, choices):
    size, rounds = 5, []
    pairing = first_round(seed)
    for number, choice in enumerate(choices, start=1):
        rounds.append((pairing, choice))
        assert {pairing.side_a, pairing.side_b} >= {number}
        following = next_round(seed, number + 1, pairing, choice, size)
        if following is None:
            break
        champion = pairing.goes_on(choice)
        assert {following.side_a, following.side_b} == {champion, number + 1}
        assert following.goes_on("tie") == following.goes_on("both_bad") == champion
        pairing = following
    assert len(rounds) == size - 1
    order = final_order(rounds)
    assert sorted(order) == list(range(size))
    assert order[0] == rounds[-1][0].goes_on(choices[-1])
    left = [{p.side_a, p.side_b} - {p.goes_on(c)} for p, c in rounds]
    assert [{place} for place in order[1:]] == list(reversed(left))
    for (one, choice), (other, _) in pairwise(rounds):
        assert one.goes_on(choice) in (other.side_a, other.side_b)


# Words

NIGER = ("Sabon Gari", "Chanchaga", "index cnry00ff00ff00ff", "Niger_plus.csv", "Plan B", "K3", "Rainfall")


@pytest.mark.parametrize(
    "question",
    [
        "Why is Sabon Gari so high?",
        "why is SABON first",
        "what about chanchagá",
        "what is cnry00ff00ff00ff",
        "is niger worse",
        "tell me about plan b please",
        "what does k3 mean",
        "is 0,345 a lot",
        "is 0.345 a lot",
        "1,234 cases",
        "12 345 cases",
        "123456",
    ],
)
def test_a_question_with_a_name_or_a_measured_number_quotes(question):
    assert quotes(question, NIGER, ("rainfall",))


@pytest.mark.parametrize(
    "question",
    [
        "Why are children under 5 most vulnerable to malaria?",
        "How does rainfall go with malaria?",
        "What changed between 2015 and 2020?",
        "What should we plan first?",
        "How many of 100 nets last?",
    ],
)
def test_a_general_question_does_not(question):
    assert not quotes(question, NIGER, ("rainfall", "index", "plan"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("I am Qwen3, made by Alibaba Cloud.", f"I am {MASK}, made by {MASK} Cloud."),
        ("As Llama 3.1 70b I say so.", f"As {MASK} 70b I say so."),
        ("I'm cedar-7b-x!", f"I'm {MASK}!"),
        ("Cedar says: no.", f"{MASK} says: no."),
        ("GPT-4o here", f"{MASK} here"),
        ("claude", MASK),
        ("I am Phi, by microsoft.", f"I am {MASK}, by {MASK}."),
        ("Made by IBM and from meta.", f"Made by {MASK} and from {MASK}."),
        ("nova 2 or haiku-3.5", f"{MASK} or {MASK}"),
        ("Call me o3 or the 8B one.", f"Call me {MASK} or the {MASK} one."),
    ],
)
def test_a_model_that_says_its_name_is_covered(text, shown):
    assert masked(text, ["cedar-7b-x", "qwen3:8b", "o3-mini"]) == shown


@pytest.mark.parametrize(
    "text",
    ["The local government area", "A meta-analysis found this.", "solar power", "Quick tests", "5 b 8b"],
)
def test_ordinary_words_stay(text):
    assert masked(text, ["cedar-7b-x", "m-1"]) == text


def test_a_shuffle_of_the_votes_of_one_season_gives_the_published_order():
    games = [
        Comparison(random.Random(n).randrange(9), TEAMS[i], TEAMS[j], "left")
        for i in range(7)
        for j in range(7)
        for n in range(BASEBALL[i, j])
    ]
    random.Random(3).shuffle(games)
    found = standings(games, seed=1, draws=50)
    assert tuple(one.model for one in found) == TEAMS
    assert sum(one.wins for one in found) == 21 * 13
