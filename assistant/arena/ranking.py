"""The ranking of all models over all users: computed from the votes by maintenance, stored without anybody in it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.conf import settings
from django.db import connections, transaction
from django.db.models import QuerySet
from django.utils import timezone

from assistant.arena.categories import ALL, CATEGORIES
from assistant.core.arena_ratings import Comparison, standings
from assistant.models import Battle, Entry, Standing, Vote

# The same votes give the same table, however often it is computed.
SEED = 1952
SYSTEM = "system"


def rank_models() -> int:
    """Compute every table anew from all counted votes and replace the stored ones; return how many rows there are."""
    tables = tables_of(comparisons())
    now = timezone.now()
    rows = [
        Standing(category=category, computed_at=now, **vars(one))
        for category, found in tables.items()
        for one in found
    ]
    with transaction.atomic(using=SYSTEM):
        with connections[SYSTEM].cursor() as cursor:
            # Two at once would each find the other's rows in their way.
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('assistant_standing'))")
        Standing.objects.using(SYSTEM).all().delete()
        Standing.objects.using(SYSTEM).bulk_create(rows)
    return len(rows)


def tables_of(votes: Iterable[tuple[str, Comparison]]) -> Mapping[str, list]:
    """The table of each category; none for a category in which fewer people voted than the settings ask for."""
    of: dict[str, list[Comparison]] = defaultdict(list)
    for kind, vote in votes:
        of[kind].append(vote)
        of[ALL].append(vote)
    least = settings.ARENA["least_voters"]
    enough = {
        category: of[category]
        for category in CATEGORIES
        if len({vote.voter for vote in of[category]}) >= least
    }
    return {category: standings(found, seed=SEED) for category, found in enough.items()}


def counted_votes(alias: str) -> QuerySet[Vote]:
    """Votes of finished battles: of an open one they would tell their owner too early who stands where.

    Those of demo accounts are left out: anybody can open any number of them.
    """
    votes = Vote.objects.using(alias).filter(round__battle__status=Battle.Status.OVER, owner__is_demo=False)
    return votes.select_related("round__battle", "round__side_a", "round__side_b").order_by(
        "created_at", "pk"
    )


def comparisons() -> list[tuple[str, Comparison]]:
    """Each counted vote with its category, over the maintenance connection; voters are told apart and not named."""
    return [
        (vote.round.battle.kind, Comparison(vote.owner_id, *_labels(vote), vote.choice))  # type: ignore[arg-type]
        for vote in counted_votes(SYSTEM).iterator(chunk_size=2_000)
    ]


def _labels(vote: Vote) -> tuple[str, str]:
    sides: tuple[Entry, Entry] = (vote.round.side_a, vote.round.side_b)
    return sides[0].label, sides[1].label
