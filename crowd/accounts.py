"""The accounts of a run, made beforehand by the database's owner with the production hasher."""

import secrets
from dataclasses import dataclass

import psycopg
from django.contrib.auth.hashers import PBKDF2PasswordHasher

from crowd.journey import PASSWORD


@dataclass(frozen=True)
class Account:
    user_id: str
    email: str


def make_accounts(database_url: str, count: int) -> list[Account]:
    """Insert the accounts. One hash serves them all: checking it at sign-in costs each the same as its own would."""
    run = secrets.token_hex(4)
    hashed = PBKDF2PasswordHasher().encode(PASSWORD, secrets.token_urlsafe(16))
    emails = [f"crowd-{run}-{number}@example.org" for number in range(count)]
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "INSERT INTO sessions_app_user (id, email, password, display_name, is_active, is_staff, is_superuser, "
            "is_demo, date_joined) SELECT gen_random_uuid(), address, %s, '', true, false, false, false, now() "
            "FROM unnest(%s::text[]) AS address RETURNING id::text, email",
            [hashed, emails],
        ).fetchall()
    return [Account(*row) for row in rows]
