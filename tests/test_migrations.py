"""A migration that a running version would not survive is refused before it is merged."""

import django.contrib.postgres.operations as postgres
import pytest
from django.apps import apps
from django.conf import settings
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState
from django.db.models.functions import Now, Random

from scripts.check_migrations import ASKED_FOR, HOLDS, INSERTS, RELEASED, SCANS, check, findings, unexplained

BASE_DIR = settings.BASE_DIR

INDEX = models.Index(fields=["name"], name="thing_name")
POSITIVE = models.CheckConstraint(condition=models.Q(size__gt=0), name="size_positive")
ONCE = models.UniqueConstraint(fields=["name"], name="name_once")


def state() -> ProjectState:
    """One table with rows, one that is new."""
    fields = {"id": models.BigAutoField(primary_key=True), "name": models.CharField(max_length=50)}
    more = {"size": models.IntegerField(null=True)}
    made = ProjectState()
    made.add_model(ModelState("shop", "Thing", {**fields, **more}))
    made.add_model(ModelState("shop", "Fresh", {**fields, **more}))
    return made


def found(*operations, model: str = "thing", **attributes) -> list[str]:
    kind = type("Migration", (migrations.Migration,), {"operations": list(operations), **attributes})
    migration = kind("0002_change", "shop")
    return [one.why for one in findings(migration, state(), frozenset({("shop", "thing")}))]


def changes(model: str) -> dict[str, tuple[migrations.operations.base.Operation, str]]:
    """Each unsafe operation with what is said of it."""
    add = lambda field: migrations.AddField(model, "extra", field)  # noqa: E731
    alter = lambda name, field: migrations.AlterField(model, name, field)  # noqa: E731
    sql = lambda text: migrations.RunSQL(text.format(f"shop_{model}"))  # noqa: E731
    return {
        "a column that must be filled": (add(models.CharField(max_length=9)), INSERTS),
        "a default of Django's, which the old version doesn't know": (
            add(models.IntegerField(default=3)),
            INSERTS,
        ),
        "a default that differs by row": (add(models.FloatField(db_default=Random())), SCANS),
        "a unique column": (add(models.CharField(max_length=9, null=True, unique=True)), SCANS),
        "a key to another table": (add(models.ForeignKey("shop.Fresh", models.CASCADE, null=True)), SCANS),
        "a column that goes": (migrations.RemoveField(model, "name"), ASKED_FOR),
        "a column of another name": (migrations.RenameField(model, "name", "title"), ASKED_FOR),
        "a table that goes": (migrations.DeleteModel(model), ASKED_FOR),
        "a table of another name": (migrations.RenameModel(model, "Other"), ASKED_FOR),
        "no more NULL": (alter("size", models.IntegerField(default=0)), INSERTS),
        "another type": (alter("size", models.TextField(null=True)), SCANS),
        "a shorter text": (alter("name", models.CharField(max_length=10)), SCANS),
        "an index": (migrations.AddIndex(model, INDEX), SCANS),
        "a rule": (migrations.AddConstraint(model, POSITIVE), SCANS),
        "a unique key": (migrations.AddConstraint(model, ONCE), SCANS),
        "an index by SQL": (sql('CREATE UNIQUE INDEX x ON "{}" (name)'), SCANS),
        "a rule by SQL": (sql("ALTER TABLE {} ADD CONSTRAINT c CHECK (size > 0)"), SCANS),
        "a column that goes by SQL": (sql("ALTER TABLE ONLY {} DROP COLUMN name"), ASKED_FOR),
        "no more NULL by SQL": (sql("ALTER TABLE {} ALTER COLUMN size SET NOT NULL"), INSERTS),
        "a column that must be filled by SQL": (sql("ALTER TABLE {} ADD COLUMN x int NOT NULL"), INSERTS),
        "another type by SQL": (sql("ALTER TABLE {} ALTER COLUMN size TYPE text"), SCANS),
        "a table emptied": (sql("TRUNCATE {}"), ASKED_FOR),
    }


@pytest.mark.parametrize("what", list(changes("thing")))
def test_what_a_running_version_would_not_survive_is_found(what):
    operation, words = changes("thing")[what]
    assert any(why.startswith(words) for why in found(operation)), found(operation)


@pytest.mark.parametrize("what", list(changes("fresh")))
def test_a_table_that_nobody_has_yet_may_be_made_in_any_way(what):
    operation, _ = changes("fresh")[what]
    assert found(operation) == []


@pytest.mark.parametrize(
    "operation",
    [
        migrations.AddField("thing", "extra", models.CharField(max_length=9, null=True)),
        migrations.AddField("thing", "extra", models.IntegerField(db_default=3)),
        migrations.AddField("thing", "extra", models.DateTimeField(db_default=Now())),
        migrations.AlterField(
            "thing", "name", models.CharField(max_length=90, help_text="What it is called.")
        ),
        migrations.AlterField("thing", "name", models.CharField(max_length=50, null=True)),
        postgres.AddIndexConcurrently("thing", INDEX),
        postgres.AddConstraintNotValid("thing", POSITIVE),
        migrations.RemoveIndex("thing", "thing_name"),
        migrations.RunSQL("CREATE INDEX CONCURRENTLY x ON shop_thing (name)"),
        migrations.RunSQL("ALTER TABLE shop_thing ADD CONSTRAINT c CHECK (size > 0) NOT VALID"),
        migrations.RunSQL("ALTER TABLE shop_thing VALIDATE CONSTRAINT c"),
        migrations.RunSQL("ALTER TABLE shop_thing ADD COLUMN x int DEFAULT 3 NOT NULL"),
        migrations.RunPython(migrations.RunPython.noop),
        migrations.CreateModel("New", [("id", models.BigAutoField(primary_key=True))]),
    ],
    ids=lambda operation: type(operation).__name__,
)
def test_what_a_running_version_does_not_notice_is_allowed(operation):
    started = state()
    if isinstance(operation, migrations.RemoveIndex):
        started.add_index("shop", "thing", INDEX)
    migration = type("Migration", (migrations.Migration,), {"operations": [operation]})("0002_change", "shop")
    assert findings(migration, started, frozenset({("shop", "thing")})) == []


def test_rows_are_changed_in_a_migration_of_their_own():
    add = migrations.AddField("thing", "extra", models.IntegerField(null=True))
    fill = migrations.RunPython(migrations.RunPython.noop)
    assert found(add, fill) == [HOLDS]
    assert found(add, fill, atomic=False) == []


def test_only_what_reaches_the_database_counts():
    gone = migrations.RemoveField("thing", "name")
    assert found(migrations.SeparateDatabaseAndState(state_operations=[gone])) == []
    again = migrations.RunSQL("ALTER TABLE shop_thing DROP COLUMN name")
    assert found(migrations.SeparateDatabaseAndState(database_operations=[again])) == [ASKED_FOR]


def test_a_reason_is_given_for_each_exception_and_for_nothing_else():
    gone = migrations.RemoveField("thing", "name")

    def said(**reasons: str) -> list[str]:
        kind = type("Migration", (migrations.Migration,), {"operations": [gone], "why_safe": reasons})
        migration = kind("0002_change", "shop")
        return unexplained(migration, findings(migration, state(), frozenset({("shop", "thing")})))

    assert said(**{"RemoveField thing.name": "Unused since 1.2."}) == []
    assert len(said()) == len(said(**{"RemoveField thing.name": " "})) == 1
    (idle,) = said(**{"RemoveField thing.name": "Unused since 1.2.", "AddIndex thing.x": "Small."})
    assert "not unsafe" in idle


def test_our_own_migrations_are_safe():
    asked, wrong = check(MigrationLoader(None))
    assert wrong == []
    assert asked >= 2, "none is new; with a release that takes them all along, this number is 0"


def ours() -> set[str]:
    """Each app of the project that has migrations."""
    return {
        config.label for config in apps.get_app_configs() if (BASE_DIR / config.label / "migrations").is_dir()
    }


def test_every_app_with_migrations_is_known_up_to_one_that_there_is():
    """What is not named there is not known, and nothing that happens to it would be found."""
    assert {"sessions_app", "reference", "analysis", "assistant"} <= ours()
    assert set(RELEASED) == ours()
    assert set(RELEASED.items()) <= set(MigrationLoader(None).graph.nodes)


@pytest.mark.parametrize("app", sorted(RELEASED))
def test_the_end_of_any_table_that_a_release_has_is_refused(app):
    """The next migration of each app, were it to take every table of the app away."""
    loader = MigrationLoader(None)
    (last,) = loader.graph.leaf_nodes(app)
    released = loader.project_state((app, RELEASED[app])).models
    names = sorted(name for label, name in released if label == app)
    assert names
    more = type(
        "Migration", (migrations.Migration,), {"operations": [migrations.DeleteModel(name) for name in names]}
    )
    step = (app, "9999_gone")
    loader.graph.add_node(step, more("9999_gone", app))
    loader.graph.add_dependency(None, step, last)
    asked, wrong = check(loader)
    assert asked >= 1
    assert {f"{app}.9999_gone: DeleteModel {name}: {ASKED_FOR}" for name in names} <= set(wrong)
