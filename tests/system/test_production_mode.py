"""Production refuses to start when something is too powerful, and says what; nothing is made up instead.

What happens without a variable, or with a wrong one, `tests/test_environment.py` shows.
"""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connections

from sessions_app.isolation import claims

ROOT = Path(__file__).resolve().parents[2]
GOOD = {
    "CHATMRPT_MODE": "production",
    "SECRET_KEY": "s" * 20 + "0123456789abcdefghijklmnopqrstuvwxyz",
    "CLAIM_KEYS": "k1:" + "c" * 40,
    "TASK_KEYS": "k1:" + "t" * 40,
    "DATABASE_URL": "postgresql://chatmrpt_web:p@127.0.0.1:1/x",
    "DATABASE_STAFF_URL": "postgresql://chatmrpt_staff:p@127.0.0.1:1/x",
    "DATABASE_SYSTEM_URL": "postgresql://chatmrpt_system:p@127.0.0.1:1/x",
    "REDIS_URL": "rediss://:p@127.0.0.1:1/0",
    "STORAGE": "s3",
    "S3_BUCKET": "b",
    "S3_REGION": "af-south-1",
    "ALLOWED_HOSTS": "mrpt.example",
    "PUBLIC_URL": "https://mrpt.example",
    "MAIL_HOST": "mail.example",
    "MAIL_FROM": "ChatMRPT <no-reply@mrpt.example>",
}


def started(environment: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, *(command or ("-c", "import chatmrpt.wsgi"))],
        cwd=ROOT, env={**kept, **environment}, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_with_everything_set_it_starts():
    done = started(GOOD)
    assert done.returncode == 0, done.stderr


def test_djangos_own_deployment_check_has_nothing_to_say():
    done = started(GOOD, "manage.py", "check", "--deploy", "--fail-level", "INFO")
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


QUERY = (
    "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'chatmrpt.settings'; import django; django.setup(); "
    "from django.db import connection; connection.cursor().execute('select 1')"
)


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize("role", ["superuser", "owner"])
def test_a_role_that_policies_dont_hold_stops_every_query(stack, role):
    """That it stops the check, and with it web and worker, `test_image_commands` shows."""
    addresses = stack.services.addresses() | {"DATABASE_URL": stack.services.database_url(role)}
    environment = GOOD | {
        name: addresses[name] for name in addresses if name.startswith("DATABASE") and "OWNER" not in name
    }
    done = started(environment, "-c", QUERY)
    assert done.returncode != 0
    assert "policies would not hold for it. Connect as chatmrpt_web." in done.stderr
    if role == "owner":
        # The same question as the role that it asks for: it was the role that was refused.
        environment["DATABASE_URL"] = stack.services.addresses()["DATABASE_URL"]
        done = started(environment, "-c", QUERY)
        assert done.returncode == 0, done.stderr


@pytest.fixture
def database(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        yield
        for each in connections.all(initialized_only=True):
            each.close()


@pytest.mark.parametrize("skew", [-120, 3_600])
def test_a_wrong_clock_opens_nothing(database, skew):
    """A claim signed on a machine whose clock is wrong is refused by the database's own."""
    import time
    import uuid

    from sessions_app.isolation.testing import raw_connection

    with raw_connection() as web:
        claim = claims.sign(uuid.uuid4(), now=time.time() + skew)
        web.execute("SELECT set_config('app.claims', %s, true)", [claim])
        with pytest.raises(psycopg.errors.InvalidAuthorizationSpecification):
            web.execute("SELECT app.current_user_id()")
        web.rollback()


def test_no_setting_falls_back_to_memory():
    assert settings.CACHES["default"]["BACKEND"] == "django_redis.cache.RedisCache"
    assert not settings.CACHES["default"]["OPTIONS"].get("IGNORE_EXCEPTIONS")
    assert not getattr(settings, "DJANGO_REDIS_IGNORE_EXCEPTIONS", False)
    text = (ROOT / "chatmrpt" / "settings.py").read_text()
    assert "locmem" not in text.lower()
    assert "TASK_ALWAYS_EAGER" not in text
