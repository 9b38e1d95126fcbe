"""Every setting of the project. What differs between machines comes from the environment, read strictly.

CHATMRPT_MODE says where this process runs:

headless    the default: no database, no services; enough for `manage.py analyse`
embedded    services of its own, started by `make run`
production  everything configured by the environment; a missing variable stops the start
test        the throwaway stack of a test run
"""

from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path
from ssl import CERT_REQUIRED
from urllib.parse import urlsplit

from chatmrpt.api_settings import rest_framework, schema
from chatmrpt.chat_settings import arena, chat, language_budget, language_limits
from chatmrpt.environment import Environment, WrongSetting
from chatmrpt.model_settings import language_models
from chatmrpt.oidc_settings import oidc_providers
from chatmrpt.privacy_settings import privacy, retention
from chatmrpt.staff_settings import (  # noqa: F401 - settings are read by their name
    STAFF_MEASURES,
    STAFF_MENU,
    STAFF_NUMBERS,
    STAFF_PAGES,
    STAFF_ROLES,
)

env = Environment()
BASE_DIR = Path(__file__).resolve().parent.parent

MODES = ("headless", "embedded", "production", "test")
MODE = env.choice("CHATMRPT_MODE", MODES, "headless")
HEADLESS = MODE == "headless"
PRODUCTION = MODE == "production"

DEBUG = env.flag("DEBUG", False)
if DEBUG and MODE != "embedded":
    raise WrongSetting("DEBUG", "expected false: error pages with source code belong to embedded mode only")

# Keys ---------------------------------------------------------------------------------------------
# Django wants a value; headless commands sign nothing with it.
SECRET_KEY = "headless-commands-sign-nothing" if HEADLESS else env.secret("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.names("SECRET_KEY_FALLBACKS", [])
CLAIM_KEYS = {} if HEADLESS else env.keys("CLAIM_KEYS")
TASK_KEYS = {} if HEADLESS else env.keys("TASK_KEYS")

# Applications -------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "chatmrpt",
    "sessions_app",
    "reference",
    "analysis",
    "itn",
    "reports",
    "assistant",
]
MIDDLEWARE = [
    "chatmrpt.logs.RequestLog",
    "chatmrpt.metrics.answer_scrapers_first",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "chatmrpt.headers.content_security_policy",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "chatmrpt.health.AnswerFirst",
    "sessions_app.languages.language_middleware",
    "chatmrpt.admission.Admission",
    "sessions_app.uploads.WholeBodyMiddleware",
    "sessions_app.isolation.middleware.WebSessionMiddleware",
    "sessions_app.isolation.middleware.ScopeMiddleware",
    "sessions_app.languages.account_language_middleware",
    "sessions_app.incidents.incident_events",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "chatmrpt.urls"
WSGI_APPLICATION = "chatmrpt.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "assistant.arena.opening.arena",
                "sessions_app.privacy.consent.asked",
            ],
        },
    },
]

# Kinds of files and results: frozen, named here so that the apps below needn't know those above.
FILE_KINDS = (
    "analysis.kinds.WARD_TABLE",
    "analysis.kinds.BOUNDARIES",
    "itn.kinds.REGISTRATION",
    "analysis.tpr_kinds.FACILITIES",
    "analysis.tpr_kinds.REGISTER",
    "analysis.raster_kinds.RASTER",
    "analysis.tpr_kinds.POPULATION",
)
RESULT_KINDS = (
    "analysis.tpr_kinds.TPR",
    "analysis.kinds.DATASET",
    "analysis.kinds.RISK",
    "itn.kinds.ITN_PLAN",
    "reports.kinds.REPORT",
    "analysis.dhis2.kinds.LOOK",
    "analysis.dhis2.kinds.IMPORT",
)

REFERENCE_KINDS = (
    "analysis.reference_kinds.BOUNDARIES",
    "analysis.reference_kinds.POPULATION",
    "analysis.reference_kinds.RASTER",
)

# Which code computed a result; stored with each.
CODE_VERSION = env.text("CODE_VERSION", "0.1.0")
RESULTS = {
    # A running task renews its lease three times in this span; one whose worker died is taken up after it.
    "lease_seconds": env.integer("RESULT_LEASE_SECONDS", 60, minimum=1, maximum=3_600),
    # A queued result that nobody took is published again after this.
    "patience_seconds": env.integer("RESULT_PATIENCE_SECONDS", 120, minimum=1, maximum=3_600),
    # What takes its worker down with it must end some day; what was only in the way of others must not end by that.
    "max_attempts": 5,
    "max_waiting_per_user": 20,
}

# Database: one address per login role -------------------------------------------------------------
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# As many as the web server has threads: a request keeps its connection while it reads a slow upload.
DATABASE_POOL_SIZE = env.integer("DATABASE_POOL_SIZE", 32, minimum=1, maximum=200)


def _web_database() -> dict[str, object]:
    settings = env.database("DATABASE_URL")
    options = {**settings["OPTIONS"], "pool": {"min_size": 1, "max_size": DATABASE_POOL_SIZE, "timeout": 10}}
    return {
        **settings,
        "ENGINE": "sessions_app.isolation.postgresql",
        "OPTIONS": options,
        "ATOMIC_REQUESTS": True,
        # The engine itself replaces a pooled connection that died with its server (`get_new_connection`).
        "CONN_HEALTH_CHECKS": False,
        # Behind PgBouncer in transaction mode a cursor can't outlive its transaction.
        "DISABLE_SERVER_SIDE_CURSORS": True,
        # Tests write as the web role too; only their clean-up (TRUNCATE) needs the owner.
        "TEST": {"MIRROR": "owner"},
    }


def _role_database(name: str) -> dict[str, object]:
    return {**env.database(name), "ENGINE": "django.db.backends.postgresql", "TEST": {"MIRROR": "owner"}}


if HEADLESS:
    DATABASES = {}
else:
    DATABASES = {
        "default": _web_database(),
        "staff": _role_database("DATABASE_STAFF_URL"),
        "system": _role_database("DATABASE_SYSTEM_URL"),
    }
    # Only migrations need the owner: the web and worker machines of a deployment don't carry its password.
    if env.is_set("DATABASE_OWNER_URL") or not PRODUCTION:
        DATABASES["owner"] = {**_role_database("DATABASE_OWNER_URL"), "TEST": {}}

# Admin pages go to the staff role's connection; only the owner's migrates.
DATABASE_ROUTERS = ["sessions_app.isolation.staff.Router"]

# Cache and broker ---------------------------------------------------------------------------------
if HEADLESS:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
else:
    REDIS_URL = env.address("REDIS_URL", ("redis", "rediss"))
    CACHES = {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "cache",
            "OPTIONS": {
                # JSON, so that whoever reaches the cache can't make a worker run code.
                "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
                "SOCKET_CONNECT_TIMEOUT": 2,
                "SOCKET_TIMEOUT": 5,
            },
        }
    }
    CELERY_BROKER_URL = env.address("CELERY_BROKER_URL", ("redis", "rediss"), REDIS_URL)
    # By itself Celery's transport takes any certificate; the cache's client looks at it anyway.
    if CELERY_BROKER_URL.startswith("rediss:"):
        CELERY_BROKER_USE_SSL = {"ssl_cert_reqs": CERT_REQUIRED}

# Whoever publishes a task must know this application, or Celery would look for another broker.
TASK_APP = "" if HEADLESS else "chatmrpt.celery.app"
TASK_HARD_LIMIT = env.integer("TASK_HARD_LIMIT_SECONDS", 900, minimum=10, maximum=86_400)
CELERY_TASK_TIME_LIMIT = TASK_HARD_LIMIT
CELERY_TASK_SOFT_TIME_LIMIT = int(TASK_HARD_LIMIT * 0.95)
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_IMPORTS = (
    "sessions_app.accounts.mails",
    "sessions_app.accounts.expiry",
    "sessions_app.orphans",
    "assistant.arena.tasks",
    "sessions_app.privacy.tasks",
    "sessions_app.privacy.retention",
)
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "global_keyprefix": "queue:",
    # A task that outlives this is handed out again, so it stands above the hard limit.
    "visibility_timeout": TASK_HARD_LIMIT + 60,
    # By default a killed worker's task waits 100 s to be noticed.
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 1,
    # A broker that accepts and never answers must not hold a request or a health check for good.
    "socket_connect_timeout": 3,
    "socket_timeout": 10,
}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "requeue-expired": {"task": "sessions_app.requeue_expired", "schedule": 10.0},
    "remove-expired": {"task": "accounts.remove_expired", "schedule": 3_600.0},
    "remove-expired-uploads": {"task": "sessions_app.remove_expired_uploads", "schedule": 3_600.0},
    "look-after-exports": {"task": "sessions_app.look_after_exports", "schedule": 60.0},
    # Once a day and every six hours, by a mark that outlives restarts (`sessions_app/due.py`); an interval begins anew.
    "apply-retention": {"task": "sessions_app.apply_retention", "schedule": 60.0},
    "remove-orphans": {"task": "sessions_app.remove_orphans", "schedule": 60.0},
}

# Files --------------------------------------------------------------------------------------------
STORAGE_PROBE = "health-probe"
_storage_default = None if PRODUCTION else "filesystem"
STORAGE = env.choice("STORAGE", ("filesystem", "s3"), _storage_default)
STATE_FOLDER = Path(env.text("CHATMRPT_STATE", str(BASE_DIR / ".state")))
if STORAGE == "s3":
    _file_storage = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": env.text("S3_BUCKET"),
            "endpoint_url": env.address("S3_ENDPOINT_URL", ("https", "http"), "https://s3.amazonaws.com"),
            "region_name": env.text("S3_REGION"),
            "access_key": env.text("S3_ACCESS_KEY", "") or None,
            "secret_key": env.text("S3_SECRET_KEY", "") or None,
            "addressing_style": env.choice("S3_ADDRESSING_STYLE", ("path", "virtual", "auto"), "auto"),
            "signature_version": "s3v4",
            "default_acl": None,
            # Keys come from row ids, and from the attempt where a task may run again: they never clash.
            "file_overwrite": True,
            # What is larger lies in the folder for temporary files while it is read, or one file could fill the memory.
            "max_memory_size": 8 * 1024 * 1024,
            "querystring_auth": True,
            "querystring_expire": 60,
        },
    }
    # Whether downloads are links to the store, good for a minute; without, the web processes send the files.
    STORAGE_LINKS = env.flag("S3_LINKS", True)
else:
    STORAGE_LINKS = False
    _file_storage = {
        "BACKEND": "sessions_app.storage.DurableFileSystemStorage",
        "OPTIONS": {
            "location": env.text("STORAGE_FOLDER", str(STATE_FOLDER / "files")),
            "base_url": None,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    }
_hashed = "chatmrpt.static_files.HashedFiles"
_plain = "django.contrib.staticfiles.storage.StaticFilesStorage"
STORAGES = {
    "default": _file_storage,
    # Headless too: the image's files are collected without any service, and the web processes look for the manifest.
    "staticfiles": {"BACKEND": _plain if MODE == "test" else _hashed},
}

# Every upload limit, in bytes unless said otherwise; the forms show them. What an archive or a workbook may swell to is
# no setting: the readers, which know no Django, keep those limits (`analysis/readers/archives.py`).
UPLOAD = {
    "max_bytes": env.integer("UPLOAD_MAX_MB", 100, minimum=1, maximum=5_000) * 1024 * 1024,
    "max_files_per_session": 200,
    # All files of one user together; staff may give somebody another number.
    "quota_bytes": env.integer("STORAGE_PER_USER_MB", 2_000, minimum=1, maximum=10_000_000) * 1024 * 1024,
    # Files sent in parts: how many may be on their way, and how long their parts wait for the rest.
    "max_unfinished_per_user": 10,
    "unfinished_hours": 24 * 7,
    # From this size on a file is read alone on its machine; how long one waits until the file before it is read.
    "large_bytes": 8 * 1024 * 1024,
    "turn_seconds": 30.0,
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "sessions_app.bodies.NamelessFileUploadHandler",
]

# Conversations ------------------------------------------------------------------------------------
CHAT = chat(env)
LANGUAGE_MODELS = {} if HEADLESS else language_models(env)
LANGUAGE_BUDGET = language_budget(env)
LANGUAGE_LIMITS = language_limits(env)
ARENA = arena(env)
# Waiting for a model is no work for the processes that compute: these turns have a queue and a worker of their own.
CELERY_TASK_ROUTES = {
    "assistant.answer_turn": {"queue": "turns"},
    "assistant.answer_entry": {"queue": "turns"},
    # A mail that somebody waits for must not stand behind a long line of computations.
    "accounts.write_password_reset": {"queue": "upkeep"},
    "accounts.write_sign_up": {"queue": "upkeep"},
}
CELERY_BEAT_SCHEDULE["remove-old-words"] = {"task": "assistant.remove_old_words", "schedule": 3_600.0}
CELERY_BEAT_SCHEDULE["requeue-turns"] = {"task": "assistant.requeue_turns", "schedule": 10.0}
CELERY_BEAT_SCHEDULE["requeue-entries"] = {"task": "assistant.requeue_entries", "schedule": 10.0}
CELERY_BEAT_SCHEDULE["rank-models"] = {"task": "assistant.rank_models", "schedule": 600.0}
# Lists of tools, gathered by the assistant; each app keeps its own.
ASSISTANT_TOOLS = (
    "analysis.tools.catalogue.TOOLS",
    "itn.tools.TOOLS",
    "reports.tools.TOOLS",
    "assistant.figure_tool.TOOLS",
)
# What explains the figures and tables of each kind of result.
EXPLAINED = {
    "dataset": "analysis.explained.dataset.FAMILIES",
    "tpr": "analysis.explained.tpr.FAMILIES",
    "risk": "analysis.explained.risk.FAMILIES",
    "itn_plan": "itn.explained.FAMILIES",
}

# Imports from DHIS2 -------------------------------------------------------------------------------
DHIS2 = {
    # The only hosts that may be asked; none named means any on the public internet.
    "hosts": env.names("DHIS2_HOSTS", []),
    # Origins that are vouched for, such as http://10.0.0.7:8080, whatever their network, port and scheme.
    "trusted": env.names("DHIS2_TRUSTED", []),
    # How long a token is kept, sealed, for the import that it was given for.
    "login_minutes": env.integer("DHIS2_LOGIN_MINUTES", 120, minimum=5, maximum=1_440),
    # Below the soft limit of a task, so that an import that takes too long says what to do.
    "total_seconds": int(TASK_HARD_LIMIT * 0.85),
}
CELERY_BEAT_SCHEDULE["remove-expired-logins"] = {"task": "analysis.remove_expired_logins", "schedule": 600.0}

# Static files -------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(STATE_FOLDER / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "chatmrpt.static_files.VendorFinder",
]

# People -------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "sessions_app.User"
AUTHENTICATION_BACKENDS = ["sessions_app.isolation.backends.EmailBackend"]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "session_list"
LOGOUT_REDIRECT_URL = "landing"
_validators = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": f"{_validators}.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["email", "display_name"]},
    },
    {"NAME": f"{_validators}.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": f"{_validators}.CommonPasswordValidator"},
    {"NAME": f"{_validators}.NumericPasswordValidator"},
]
if MODE == "test":
    # A real hash costs a quarter of a second; the tests make thousands.
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
PASSWORD_RESET_TIMEOUT = 60 * 60
# Where a sign-up is not proved by a mailed link, the account opens at once.
ACCOUNTS_CONFIRM_EMAIL = env.flag("ACCOUNTS_CONFIRM_EMAIL", PRODUCTION)
# What is kept how long; and what the privacy notice says of what lies outside this program.
RETENTION = retention(env)
PRIVACY = privacy(env)
# Sign-in through OpenID providers, beside passwords; and how long one may take to answer us.
OIDC_PROVIDERS = {} if HEADLESS else oidc_providers(env)
OIDC_SECONDS = env.integer("OIDC_SECONDS", 5, minimum=1, maximum=30)
DEMO_ACCOUNT_HOURS = env.integer("DEMO_ACCOUNT_HOURS", 24, minimum=1, maximum=720)
# Makes the demo session of a visitor: called as function(by=user).
DEMO_CONTENT = "analysis.demo.fill"
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=7),
    "SIGNING_KEY": SECRET_KEY,
    "ISSUER": "chatmrpt",
    "USER_ID_CLAIM": "user_id",
}
SESSION_ENGINE = "sessions_app.isolation.web_sessions"
SESSION_COOKIE_AGE = 14 * 24 * 60 * 60
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"

# Mail ---------------------------------------------------------------------------------------------
DEFAULT_FROM_EMAIL = env.text("MAIL_FROM", None if PRODUCTION else "ChatMRPT <no-reply@localhost>")
if PRODUCTION:
    _sender = parseaddr(DEFAULT_FROM_EMAIL)[1].rpartition("@")
    if not _sender[0] or "." not in _sender[2] or _sender[2].endswith((".localhost", ".localdomain")):
        raise WrongSetting(
            "MAIL_FROM",
            "expected an address that mail servers take, such as ChatMRPT <no-reply@mrpt.example>",
        )
    EMAIL_HOST = env.text("MAIL_HOST")
    EMAIL_PORT = env.integer("MAIL_PORT", 587, minimum=1, maximum=65_535)
    EMAIL_HOST_USER = env.text("MAIL_USER", "")
    EMAIL_HOST_PASSWORD = env.text("MAIL_PASSWORD", "")
    EMAIL_USE_TLS = env.flag("MAIL_TLS", True)
    EMAIL_TIMEOUT = 10
elif MODE == "embedded":
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = STATE_FOLDER / "mail"

# The browser --------------------------------------------------------------------------------------
_local_hosts = ["localhost", "127.0.0.1", "[::1]", "testserver"]
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", None if PRODUCTION else _local_hosts)
# Links in mails begin with this.
PUBLIC_URL = env.address("PUBLIC_URL", ("https", "http"), None if PRODUCTION else "http://127.0.0.1:8000")
# Event streams: empty where a proxy serves them under /stream/ of the same host, else the address of their server.
STREAM_URL = env.address("STREAM_URL", ("https", "http")).rstrip("/") if env.is_set("STREAM_URL") else ""
STREAMS = {
    "most": env.integer("STREAMS_MOST", 2_000, minimum=1, maximum=100_000),
    "most_per_user": 8,
    "heartbeat_seconds": 15.0,
    "open_seconds": 900.0,
    "retry_milliseconds": 3_000,
}
# How many proxies of ours append to X-Forwarded-For; with 0 the header is ignored.
TRUSTED_PROXY_COUNT = env.integer("TRUSTED_PROXY_COUNT", 0, minimum=0, maximum=5)
CSRF_TRUSTED_ORIGINS = env.names("CSRF_TRUSTED_ORIGINS", [])
_ours = urlsplit(PUBLIC_URL)
# Pages that may read event streams from another port or host.
STREAM_ORIGINS = (f"{_ours.scheme}://{_ours.netloc}", *CSRF_TRUSTED_ORIGINS)
if not PRODUCTION:
    STREAM_ORIGINS += tuple(f"http://{name}:{_ours.port or 80}" for name in ("localhost", "127.0.0.1"))
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "django.views.csrf.csrf_failure"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SECURE_SSL_REDIRECT = PRODUCTION and env.flag("SECURE_SSL_REDIRECT", True)
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_HSTS_PRELOAD = PRODUCTION
# Set it only behind a proxy that removes the header from what clients send.
if env.flag("BEHIND_TLS_PROXY", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:", "blob:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'", *([STREAM_URL] if STREAM_URL else [])],
    "worker-src": ["'self'", "blob:"],
    "manifest-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
    "object-src": ["'none'"],
}

# API ----------------------------------------------------------------------------------------------
REST_FRAMEWORK = rest_framework()
# Requests of one user in a span of seconds.
API_LIMITS = {"user": (1_200, 60), "upload": (60, 60), "compute": (60, 60)}
SPECTACULAR_SETTINGS = schema()

# What one process works on at once; what comes on top is told to come back. Below the server's threads, so that
# there is always one left to say so.
ADMISSION = {
    "in_flight": env.integer("ADMISSION_IN_FLIGHT", 24, minimum=1, maximum=1_000),
    "hashing": env.integer("ADMISSION_HASHING", 4, minimum=1, maximum=100),
    "retry_seconds": 2,
}

# Language and time --------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("fr", "Français"), ("ha", "Hausa")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
# For languages whose number formats Django does not know: Hausa writes 1,234.5 as English does.
NUMBER_GROUPING = 3
USE_TZ = True
TIME_ZONE = "Africa/Lagos"

# Log: one JSON object per line on stderr; no request bodies, no values of users -------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "chatmrpt.logs.JsonLines"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "json"},
        "counted": {"class": "chatmrpt.metrics.CountedErrors", "level": "WARNING"},
    },
    "root": {
        "handlers": ["stderr"] if HEADLESS else ["stderr", "counted"],
        "level": env.choice("LOG_LEVEL", ("DEBUG", "INFO", "WARNING"), "INFO"),
    },
    "loggers": {
        "django": {"handlers": [], "propagate": True, "level": "INFO"},
        # Numbers go to the log only where METRICS_EMF says so, and then whatever LOG_LEVEL is.
        "chatmrpt.metrics": {"level": "INFO"},
        # They write addresses, and what they send, whatever LOG_LEVEL is.
        "httpcore2": {"level": "WARNING"},
        "httpx2": {"level": "WARNING"},
        # It tells of every table that it writes.
        "pyogrio": {"level": "WARNING"},
    },
}
# Metrics as lines of CloudWatch's embedded metric format in the log, beside /metrics/ for Prometheus.
METRICS_EMF = env.flag("METRICS_EMF", False)
# Which installation these are of, where several write to one account.
METRICS_STACK = env.text("METRICS_STACK", "")
if METRICS_EMF:
    CELERY_BEAT_SCHEDULE["emit-gauges"] = {"task": "chatmrpt.emit_gauges", "schedule": 60.0}
for _entry in CELERY_BEAT_SCHEDULE.values():
    # Nor must upkeep, or who looks for lost results comes when the line is over; and what comes too late comes again.
    _entry["options"] = {"queue": "upkeep", "expires": _entry["schedule"]}
# Traces over OTLP to a collector (http://…:4318/v1/traces), that many of a hundred, with a bearer token if it wants one.
TRACES_URL = env.address("TRACES_URL", ("https", "http")) if env.is_set("TRACES_URL") else ""
TRACES_PERCENT = env.integer("TRACES_PERCENT", 100, minimum=1, maximum=100)
TRACES_TOKEN = env.text("TRACES_TOKEN", "")
if TRACES_URL and not HEADLESS:
    MIDDLEWARE.insert(1, "chatmrpt.tracing.Traced")
    _traced = {"s3": "TracedS3Storage", "filesystem": "TracedFileSystemStorage"}
    STORAGES["default"]["BACKEND"] = f"chatmrpt.traced_storage.{_traced[STORAGE]}"
# Faults to Sentry or what speaks its protocol.
SENTRY_DSN = env.address("SENTRY_DSN", ("https", "http")) if env.is_set("SENTRY_DSN") else ""
if SENTRY_DSN and not HEADLESS:
    LOGGING["handlers"]["reported"] = {"class": "chatmrpt.fault_reports.ReportedFaults"}
    LOGGING["root"]["handlers"].append("reported")
# A worker, or beat, that finds a file's name here touches it with each sign of life, for the health check of its container.
WORKER_HEARTBEAT_FILE = env.text("WORKER_HEARTBEAT_FILE", "")
# Who may read /metrics/: with a token whoever sends it as a bearer, else a program on this machine. Staff always.
METRICS_TOKEN = env.text("METRICS_TOKEN", "")
if METRICS_TOKEN and len(METRICS_TOKEN) < 24:
    raise WrongSetting("METRICS_TOKEN", "expected at least 24 characters, or nothing")
