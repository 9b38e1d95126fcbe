"""Code that forgets to filter by owner still sees the rows of one user, and of nobody when no user is named."""

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.db.models import Count, Exists, OuterRef

from sessions_app.isolation.errors import NoScope, NoTransaction
from sessions_app.isolation.owned import OwnedModel, owned_models
from sessions_app.isolation.scope import scope
from sessions_app.isolation.testing import acting_as, assert_isolated
from sessions_app.models import AnalysisSession, Event, StoredFile, User, WebSession
from tests.isolation.rows import new_file, rows_of

OWNED = [model for model, _ in owned_models() if issubclass(model, OwnedModel) or model in (User, WebSession)]
# Of other packages: own rows are read and removed, and a new one is never made. test_users.py holds that.
OTHERS_TABLES = {"django_admin_log", "sessions_app_user_groups", "sessions_app_user_user_permissions"}
# Written once: the database refuses every change and deletion, whoever asks.
WRITTEN_ONCE = {"Event", "ModelCall", "Round", "Vote"}


@pytest.mark.parametrize("model", OWNED, ids=lambda model: model.__name__)
def test_a_row_is_its_owners_alone(alices, bob, model):
    rows = [row for row in vars(alices).values() if type(row) is model]
    assert rows, "tests/isolation/rows.py makes none"
    for row in rows:
        assert assert_isolated(row, bob) is (model.__name__ not in WRITTEN_ONCE)


def test_no_owned_table_is_left_out():
    assert {model._meta.db_table for model, _ in owned_models() if model not in OWNED} == OTHERS_TABLES
    assert {model.__name__ for model in OWNED} >= WRITTEN_ONCE


def test_everything_unfiltered_is_ones_own(alices, alice, bob):
    rows_of(bob)
    with acting_as(bob):
        for model in (AnalysisSession, StoredFile, Event):
            assert set(model.objects.values_list("owner", flat=True)) == {bob.pk}
        assert list(User.objects.all()) == [bob]


def test_counts_and_aggregates_are_ones_own(alices, bob):
    with acting_as(bob):
        assert AnalysisSession.objects.count() == 0
        assert AnalysisSession.objects.aggregate(n=Count("pk"))["n"] == 0
        assert not AnalysisSession.objects.filter(name=alices.canary).exists()
        assert not User.objects.filter(Exists(AnalysisSession.objects.filter(pk=alices.session.pk))).exists()


def test_updates_and_deletes_reach_ones_own_rows_only(alices, bob):
    with acting_as(bob):
        assert AnalysisSession.objects.update(name="taken") == 0
        assert StoredFile.objects.all().delete()[0] == 0
        alices.session.name = "taken"
        assert AnalysisSession.objects.bulk_update([alices.session], ["name"]) == 0
    with acting_as(alices.user):
        assert AnalysisSession.objects.get().name == alices.canary


def test_saving_a_row_of_another_does_nothing_but_fail(alices, bob):
    with pytest.raises(DatabaseError), acting_as(bob):
        alices.session.save()
    with pytest.raises(DatabaseError), acting_as(bob):
        AnalysisSession.objects.bulk_create([AnalysisSession(owner=alices.user, name="planted")])


def test_a_row_cant_be_given_away(alices, bob):
    with pytest.raises(DatabaseError), acting_as(alices.user):
        AnalysisSession.objects.filter(pk=alices.session.pk).update(owner=bob)


def test_raw_sql_is_filtered_too(alices, bob):
    with acting_as(bob):
        assert list(AnalysisSession.objects.raw("SELECT * FROM sessions_app_analysissession")) == []
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM sessions_app_storedfile")
            assert cursor.fetchone() == (0,)


def test_raw_sql_without_a_claim_finds_nothing(alices):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sessions_app_analysissession")
        assert cursor.fetchone() == (0,)


QUESTIONS = {
    "list": lambda rows: list(rows),
    "count": lambda rows: rows.count(),
    "exists": lambda rows: rows.exists(),
    "aggregate": lambda rows: rows.aggregate(n=Count("pk")),
    "grouped": lambda rows: list(rows.values("name").annotate(n=Count("pk"))),
    "update": lambda rows: rows.update(name="x"),
    "delete": lambda rows: rows.delete(),
    "raw delete": lambda rows: rows._raw_delete("default"),
    "union": lambda rows: list(rows.union(rows)),
    "explain": lambda rows: rows.explain(),
    "sub-query": lambda rows: list(
        apps.get_model("auth", "Group").objects.filter(name__in=rows.values("name"))
    ),
    "exists in a shared query": lambda rows: list(
        apps.get_model("auth", "Group").objects.filter(Exists(rows.filter(name=OuterRef("name"))))
    ),
    "in batches": lambda rows: list(rows.iterator(chunk_size=1)),
    "locked": lambda rows: list(rows.select_for_update()),
}


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_without_a_scope_every_kind_of_query_is_refused(question):
    with pytest.raises(NoScope), transaction.atomic():
        question(AnalysisSession.objects.all())


@pytest.mark.parametrize(
    "question",
    [QUESTIONS[name] for name in ("list", "count", "exists", "aggregate", "update", "union", "explain")],
)
def test_without_a_transaction_a_query_is_refused(alice, question):
    with scope(alice.pk), pytest.raises(NoTransaction):
        question(AnalysisSession.objects.all())


def test_a_join_from_a_shared_table_is_refused_too():
    with pytest.raises(NoScope), transaction.atomic():
        list(apps.get_model("auth", "Group").objects.filter(user__email="a@example.org"))


def test_inserts_are_refused_without_a_scope(alice):
    with pytest.raises(NoScope), transaction.atomic():
        AnalysisSession.objects.create(owner=alice, name="x")
    with pytest.raises(NoScope):
        AnalysisSession.objects.bulk_create([AnalysisSession(owner=alice, name="x")])
    with scope(alice.pk), pytest.raises(NoTransaction):
        AnalysisSession.objects.create(owner=alice, name="x")


def test_shared_tables_and_empty_query_sets_need_no_scope():
    assert list(AnalysisSession.objects.none()) == []
    assert apps.get_model("contenttypes", "ContentType").objects.count() > 0


def test_a_file_in_anothers_session_is_refused(alices, bob):
    """The database's foreign key checks ignore policies, so the key itself must hold the owner."""
    with pytest.raises(DatabaseError, match="session_id_own"), acting_as(bob):
        new_file(bob, alices.session)


def test_a_result_descended_from_anothers_is_refused(alices, bob):
    mine = rows_of(bob)
    with pytest.raises(DatabaseError, match="parent_id_own"), acting_as(bob):
        type(mine.link).objects.create(owner=bob, result=mine.result, parent=alices.result)
