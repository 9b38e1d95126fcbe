"""Settings from the environment: right values are read, wrong ones stop the start and say which."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chatmrpt.environment import Environment, WrongSetting
from scripts.documentation import undocumented

ROOT = Path(__file__).resolve().parent.parent
LONG = "s" * 40


def test_empty_counts_as_not_set():
    env = Environment({"A": "  "})
    assert env.text("A", "default") == "default"
    with pytest.raises(WrongSetting, match=r"^A: must be set$"):
        env.text("A")


@pytest.mark.parametrize("value", ["True", "1", "yes", "no", "falsch", "on"])
def test_a_flag_is_true_or_false_and_nothing_else(value):
    with pytest.raises(WrongSetting, match=r"^SWITCH: expected true or false"):
        Environment({"SWITCH": value}).flag("SWITCH", False)


def test_flags_are_read():
    assert Environment({"SWITCH": "true"}).flag("SWITCH", False) is True
    assert Environment({"SWITCH": "false"}).flag("SWITCH", True) is False
    assert Environment({}).flag("SWITCH", True) is True


@pytest.mark.parametrize("value", ["-1", "0", "11", "3.5", "5e1", "٣", "0x5", "five", "1_0"])
def test_a_number_out_of_range_or_no_number_is_refused(value):
    with pytest.raises(WrongSetting, match=r"^SIZE: expected a whole number from 1 to 10"):
        Environment({"SIZE": value}).integer("SIZE", 5, minimum=1, maximum=10)


def test_numbers_within_range_are_read():
    env = Environment({"SIZE": "10"})
    assert env.integer("SIZE", 5, minimum=1, maximum=10) == 10
    assert env.integer("OTHER", 5, minimum=1, maximum=10) == 5


def test_lists_have_no_empty_members():
    assert Environment({"HOSTS": "a.example, b.example"}).names("HOSTS") == ["a.example", "b.example"]
    with pytest.raises(WrongSetting, match=r"^HOSTS: "):
        Environment({"HOSTS": "a.example,,b.example"}).names("HOSTS")


def test_a_key_ring_keeps_its_order():
    ring = Environment({"KEYS": f"new:{LONG}1,old:{LONG}2"}).keys("KEYS")
    assert list(ring.items()) == [("new", f"{LONG}1".encode()), ("old", f"{LONG}2".encode())]


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (LONG, "id:secret"),
        (f"a b:{LONG}", "letters and digits"),
        ("k1:short", "fewer than 32"),
        (f"k1:{LONG},k1:{LONG}", "twice"),
    ],
)
def test_a_wrong_key_ring_is_refused_without_repeating_the_secret(value, says):
    with pytest.raises(WrongSetting) as refusal:
        Environment({"KEYS": value}).keys("KEYS")
    assert says in str(refusal.value)
    assert LONG not in str(refusal.value)
    assert "short" not in str(refusal.value)


def test_a_database_address_is_taken_apart():
    url = "postgresql://us%40er:p%2Fw@db.example:6543/ward%20data?sslmode=require"
    assert Environment({"URL": url}).database("URL") == {
        "NAME": "ward data",
        "USER": "us@er",
        "PASSWORD": "p/w",
        "HOST": "db.example",
        "PORT": "6543",
        "OPTIONS": {"sslmode": "require"},
    }


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:topsecret@h/d",
        "postgresql://h/d",
        "postgresql://u:topsecret@h",
        "postgresql://u:topsecret@h:port/d",
        "h",
    ],
)
def test_a_wrong_database_address_is_refused_without_repeating_the_password(url):
    with pytest.raises(WrongSetting, match=r"^URL: ") as refusal:
        Environment({"URL": url}).database("URL")
    assert "topsecret" not in str(refusal.value)


# Whole starts, each in a fresh process --------------------------------------------------------------
PRODUCTION = {
    "CHATMRPT_MODE": "production",
    "SECRET_KEY": LONG,
    "CLAIM_KEYS": f"k1:{LONG}",
    "TASK_KEYS": f"k1:{LONG}",
    "DATABASE_URL": "postgresql://web:pw@db.example/chatmrpt",
    "DATABASE_STAFF_URL": "postgresql://staff:pw@db.example/chatmrpt",
    "DATABASE_SYSTEM_URL": "postgresql://system:pw@db.example/chatmrpt",
    "REDIS_URL": "rediss://:pw@cache.example:6379/0",
    "STORAGE": "s3",
    "S3_BUCKET": "wards",
    "S3_REGION": "af-south-1",
    "ALLOWED_HOSTS": "mrpt.example",
    "PUBLIC_URL": "https://mrpt.example",
    "MAIL_HOST": "mail.example",
    "MAIL_FROM": "ChatMRPT <no-reply@mrpt.example>",
}


def load_settings(
    variables: dict[str, str], expression: str = "'loaded'"
) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    script = f"import chatmrpt.settings as settings; print({expression})"
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT, env={**kept, **variables}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_without_any_variable_the_mode_is_headless_and_has_no_database():
    done = load_settings({}, "settings.MODE, settings.DATABASES")
    assert done.stdout.strip() == "headless {}", done.stderr


def test_production_starts_when_everything_is_named():
    done = load_settings(
        PRODUCTION, "sorted(settings.DATABASES), settings.DEBUG, settings.SESSION_COOKIE_SECURE"
    )
    assert done.stdout.strip() == "['default', 'staff', 'system'] False True", done.stderr


def test_a_large_object_is_not_held_in_memory_while_it_is_read():
    done = load_settings(PRODUCTION, "settings.STORAGES['default']['OPTIONS']['max_memory_size']")
    assert 0 < int(done.stdout) <= 16 * 1024 * 1024, "with 0 the storage holds every object whole"


@pytest.mark.parametrize(
    "sender",
    [
        "ChatMRPT <no-reply@localhost>",
        "no-reply@mail.localhost",
        "a@localhost.localdomain",
        "a@b@mrpt.example",
        "ChatMRPT",
        "@mrpt.example",
    ],
)
def test_a_sender_that_no_mail_server_takes_stops_production(sender):
    done = load_settings(PRODUCTION | {"MAIL_FROM": sender})
    assert done.returncode != 0
    assert "MAIL_FROM: expected an address that mail servers take" in done.stderr


@pytest.mark.parametrize("name", sorted(set(PRODUCTION) - {"CHATMRPT_MODE"}))
def test_production_refuses_to_start_when_one_is_missing(name):
    done = load_settings({key: value for key, value in PRODUCTION.items() if key != name})
    assert done.returncode != 0
    assert f"{name}: must be set" in done.stderr
    assert LONG not in done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CHATMRPT_MODE", "prod"),
        ("DEBUG", "true"),
        ("DEBUG", "yes"),
        ("STORAGE", "folder"),
        ("REDIS_URL", "memcached://cache.example"),
        ("SECRET_KEY", "short"),
        ("CLAIM_KEYS", LONG),
        ("TASK_KEYS", "k1:short"),
        ("DATABASE_URL", "sqlite:///x.db"),
        ("ALLOWED_HOSTS", "a,,b"),
        ("UPLOAD_MAX_MB", "lots"),
        ("TASK_HARD_LIMIT_SECONDS", "1"),
        ("PUBLIC_URL", "mrpt.example"),
    ],
)
def test_a_wrong_value_stops_the_start_and_names_the_variable(name, value):
    done = load_settings({**PRODUCTION, name: value})
    assert done.returncode != 0
    assert f"WrongSetting: {name}: " in done.stderr
    assert LONG not in done.stderr.rsplit("WrongSetting", 1)[1]


@pytest.mark.parametrize(
    "command", [["-c", "import chatmrpt.wsgi"], ["-m", "celery", "-A", "chatmrpt", "worker"]]
)
def test_web_and_worker_refuse_to_start_without_services(command):
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=kept,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert "CHATMRPT_MODE: " in done.stderr + done.stdout


def test_every_variable_is_documented_and_every_documented_one_is_read():
    assert list(undocumented.settings()) == []
