"""Policies cost an index look-up, not a scan: the planner's own words, with 50,000 rows of 500 users."""

import pytest

from sessions_app.isolation.testing import claim

OWNED = {
    "newest sessions": (
        "SELECT * FROM sessions_app_analysissession ORDER BY updated_at DESC LIMIT 50",
        "session_owner_newest",
    ),
    "one session": (
        "SELECT * FROM sessions_app_analysissession WHERE id = '{id}'",
        "sessions_app_analysissession_",
    ),
    "count": (
        "SELECT count(*) FROM sessions_app_analysissession",
        "session_owner_newest|analysissession_pkey",
    ),
    "events": ("SELECT * FROM sessions_app_event ORDER BY at DESC LIMIT 50", "event_owner_newest"),
}

FILL = (
    "INSERT INTO sessions_app_user (id, email, password, display_name, is_active, is_staff, is_superuser, is_demo, "
    "date_joined) SELECT gen_random_uuid(), n || '@plans.example.org', '', '', true, false, false, false, now() "
    "FROM generate_series(1, 500) n",
    "INSERT INTO sessions_app_analysissession (id, owner_id, name, note, settings, is_demo, created_at, updated_at) "
    "SELECT gen_random_uuid(), u.id, 'x', '', '{}', false, now(), now() - n * interval '1 min' "
    "FROM sessions_app_user u, generate_series(1, 100) n WHERE u.email LIKE '%@plans.example.org'",
    "INSERT INTO sessions_app_event (id, owner_id, verb, object_type, data, at) "
    "SELECT gen_random_uuid(), owner_id, 'x', '', '{}', updated_at FROM sessions_app_analysissession",
    "ANALYZE sessions_app_user, sessions_app_analysissession, sessions_app_event",
)


@pytest.fixture
def filled(stack, _database):
    """The web role in a transaction full of rows, which is rolled back."""
    with stack.services.superuser() as admin:
        admin.autocommit = False
        for statement in FILL:
            admin.execute(statement)
        owner, row = admin.execute(
            "SELECT s.owner_id, s.id FROM sessions_app_analysissession s JOIN sessions_app_user u ON u.id = s.owner_id "
            "WHERE u.email = '1@plans.example.org' LIMIT 1"
        ).fetchone()
        admin.execute("SET LOCAL ROLE chatmrpt_web")
        claim(admin, owner)
        yield admin, row
        admin.rollback()


def test_every_question_uses_an_index_and_asks_who_once(filled):
    connection, row = filled
    for question, indexes in OWNED.values():
        lines = connection.execute(f"EXPLAIN {question.format(id=row)}").fetchall()
        plan = "\n".join(line[0] for line in lines)
        assert "Seq Scan" not in plan, plan
        assert any(index in plan for index in indexes.split("|")), plan
        assert "InitPlan" in plan, plan


def test_the_rows_of_one_user_of_five_hundred(filled):
    connection, _ = filled
    assert connection.execute("SELECT count(*) FROM sessions_app_analysissession").fetchone() == (100,)
