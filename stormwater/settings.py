"""Settings of every installation; what differs between them is read from the environment (see .env.example)."""

import os
import warnings
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from stormwater.production import refuse_unsafe_settings
from stormwater.secret import read_or_create_key

# An empty variable is one that is not set: files of variables have lines such as `CKAN_URL=`, and programs that pass
# variables on make empty ones of those that they do not have. Only the limits of the API say something by it.


def env_text(name: str, default: str = "") -> str:
    """Return an environment variable, without spaces around it."""
    return os.environ.get(name, "").strip() or default


def env_list(name: str, default: str = "") -> list[str]:
    """Return the comma-separated values of an environment variable."""
    return [value.strip() for value in env_text(name, default).split(",") if value.strip()]


def env_flag(name: str, *, default: bool = False) -> bool:
    """Return whether an environment variable says yes."""
    value = env_text(name).lower()
    return value in {"1", "true", "yes", "on"} if value else default


def env_number(name: str, default: int) -> int:
    """Return the whole number in an environment variable, zero or more."""
    value = env_text(name)
    if value and not value.isdecimal():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.")
    return int(value) if value else default


# Where things are ---------------------------------------------------------------------------------------------------

BASE_DIR = Path(__file__).resolve().parent.parent
# Everything the system writes: the embedded database, the raw files as downloaded, the signing key.
DATA_DIR = Path(env_text("STORMWATER_DATA_DIR") or BASE_DIR / ".data").expanduser().absolute()
RAW_DIR = DATA_DIR / "raw"

# The open data portal, and whom its operators can write to about our downloads (sent in the User-Agent).
CKAN_URL = env_text("CKAN_URL", "https://data.ca.gov").rstrip("/")
CONTACT = env_text("STORMWATER_CONTACT", "no contact given")

# Security -----------------------------------------------------------------------------------------------------------

# Set where others rely on the system: it then refuses to start rather than run unsafe (stormwater/production.py).
PRODUCTION = env_flag("STORMWATER_PRODUCTION")
DEBUG = env_flag("DEBUG")
# Several hosts must share one key; a single installation gets its own without being asked for it.
SECRET_KEY = os.environ.get("SECRET_KEY") or read_or_create_key(DATA_DIR / "secret_key")
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
if PRODUCTION:
    refuse_unsafe_settings(
        debug=DEBUG, secret_key=os.environ.get("SECRET_KEY", ""), allowed_hosts=env_list("ALLOWED_HOSTS")
    )
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS")

# Behind a proxy that ends TLS and sets X-Forwarded-Proto. Off by default: a first try runs on plain localhost.
HTTPS = env_flag("HTTPS")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 30 * 24 * 3600 if HTTPS else 0  # a month: long enough to protect, short enough to undo
# Whether subdomains are bound too, and browsers ship the rule, is for the owner of the domain to say at the proxy.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

# Applications -------------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "stormwater.admin.apps.StormwaterAdminConfig",  # django.contrib.admin with our site
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "rest_framework",
    "rest_framework.authtoken",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "stormwater.database",
    "stormwater.api",
    "stormwater.bench",
    "stormwater.overview",
    "facilities",
    "monitoring",
    "violations",
    "enforcement",
    "sync",
]

MIDDLEWARE = [
    "stormwater.api.request_ids.RequestIdMiddleware",
    "stormwater.api.response_headers.ApiHeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "stormwater.urls"
WSGI_APPLICATION = "stormwater.wsgi.application"

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
            ],
        },
    },
]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# Database -----------------------------------------------------------------------------------------------------------

DATABASE_URL = env_text("DATABASE_URL")
DATABASE_ENGINE = "stormwater.database.backend"  # Django's PostgreSQL backend, plus the three things described there


# Connections that the threads of a web process share; 0: each thread keeps one of its own. For web processes only
# (gunicorn.conf.py sets it): a sync holds three connections at once, and no pool survives the forking of workers.
DATABASE_POOL_SIZE = env_number("DATABASE_POOL_SIZE", 0)


def parse_database_url(url: str) -> dict[str, Any]:
    """Return Django's settings for the address of a server.

    Raises ImproperlyConfigured, which never shows the password. One with a slash, # or ? in it ends the address of the
    server too early. Most such addresses cannot be read; the others are known by an @ further on.
    """
    if url.partition("://")[0].lower() not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("DATABASE_URL must name a PostgreSQL server: postgresql://USER:PASSWORD@HOST/NAME")
    try:
        address = urlsplit(url)
        if "@" not in address.path + address.query + address.fragment:
            return {**dj_database_url.parse(url, engine=DATABASE_ENGINE)}
    except ValueError:
        pass  # it may quote the password, so it is no cause of the following one
    raise ImproperlyConfigured(
        "DATABASE_URL (or one of DATABASE_REPLICA_URLS) cannot be read. In postgresql://USER:PASSWORD@HOST/NAME, every "
        "character of the password but letters, digits, - and _ is written as % and its code, such as %2F for a slash. "
        "With compose.yaml, POSTGRES_PASSWORD has letters, digits, - and _ only."
    )


def database_settings(url: str, data_dir: Path, pool_size: int = 0) -> dict[str, Any]:
    """Return Django's settings for the server at `url`, or for the embedded one under `data_dir` if there is no URL."""
    shared: dict[str, Any] = {
        # A minute spares busy workers the reconnecting and gives idle connections back.
        "CONN_MAX_AGE": 60,
        # The server may have been restarted within that minute.
        "CONN_HEALTH_CHECKS": True,
    }
    options: dict[str, Any] = {}
    if pool_size:
        shared["CONN_MAX_AGE"] = 0  # the pool keeps them
        options["pool"] = {
            "min_size": 1,  # an idle process holds one
            "max_size": pool_size,
            "timeout": 10,  # seconds to wait for one; after that an error is better than a longer queue
            "max_idle": 300,  # a burst is over after five minutes
            "max_lifetime": 3600,  # a server behind a name that moved is found within an hour
            # Attempts to reach a server that is away come at ever longer intervals, for so many seconds; after that
            # the next request begins anew. So a server that is back is found within seconds, however long it was away.
            "reconnect_timeout": 5,
        }
    if not url:
        embedded = {"ENGINE": DATABASE_ENGINE, "NAME": "stormwater", "EMBEDDED_DATA_DIR": data_dir}
        return {**embedded, **shared, "OPTIONS": options}
    # A host that does not answer is given up after ten seconds, not after the system's minutes.
    parsed = {**parse_database_url(url), **shared}
    return parsed | {"OPTIONS": {"connect_timeout": 10} | parsed.get("OPTIONS", {}) | options}


DATABASES = {"default": database_settings(DATABASE_URL, DATA_DIR, DATABASE_POOL_SIZE)}
# Streaming replicas, for the reads of web requests (stormwater/replicas.py).
DATABASE_REPLICA_URLS = env_list("DATABASE_REPLICA_URLS")
# A replica further behind is not read from: a page that old would puzzle whoever has seen a newer one.
REPLICA_LAG_SECONDS = env_number("DATABASE_REPLICA_LAG_SECONDS", 10)
# So long a session reads its own changes from the primary: longer than any replica that is read from may lag.
PRIMARY_AFTER_WRITE_SECONDS = 3 * REPLICA_LAG_SECONDS
if DATABASE_REPLICA_URLS:
    for number, replica_url in enumerate(DATABASE_REPLICA_URLS, start=1):
        replica = database_settings(replica_url, DATA_DIR, DATABASE_POOL_SIZE)
        # A request waits for it, and can do without it.
        replica["OPTIONS"] |= {"connect_timeout": 2}
        DATABASES[f"replica_{number}"] = replica | {"TEST": {"MIRROR": "default"}}
    DATABASE_ROUTERS = ["stormwater.replicas.ReplicaRouter"]
    MIDDLEWARE.insert(
        MIDDLEWARE.index("django.contrib.sessions.middleware.SessionMiddleware") + 1,
        "stormwater.replicas.ReplicaMiddleware",
    )
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"  # numbers that never run out, however often samples are replaced

# Cache --------------------------------------------------------------------------------------------------------------

REDIS_URL = env_text("REDIS_URL")

CACHES: dict[str, dict[str, Any]]
if REDIS_URL:
    _REDIS: dict[str, Any] = {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "stormwater",
    }
    CACHES = {
        "default": _REDIS
        | {
            "OPTIONS": {
                "SOCKET_CONNECT_TIMEOUT": 1,  # seconds; a page without its cache is better than one that waits for it
                "SOCKET_TIMEOUT": 1,
                "IGNORE_EXCEPTIONS": True,  # the cache only saves work
            },
        },
        # The API's answers and limits. Errors come through: `stormwater.api.caching` leaves a failing
        # cache alone for a while instead of waiting for it at every request.
        "api": _REDIS | {"OPTIONS": {"SOCKET_CONNECT_TIMEOUT": 0.2, "SOCKET_TIMEOUT": 0.2}},
    }
else:
    CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
        "api": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "LOCATION": "api",
            "OPTIONS": {"MAX_ENTRIES": 1000},  # of at most some hundred kilobytes each
        },
    }

# Background work ----------------------------------------------------------------------------------------------------

# Where scheduled syncs take their files from: a directory, or the portal if none is named.
SYNC_DIRECTORY = env_text("STORMWATER_SYNC_DIRECTORY")
# When. Early morning in California: the portal is idle, and staff find fresh data.
SYNC_HOUR = env_number("STORMWATER_SYNC_HOUR", 3)
# The weekly datasets on the quietest day, when a load of hours is in nobody's way.
SYNC_WEEKDAY = env_text("STORMWATER_SYNC_WEEKDAY", "sunday")
# Datasets with another cadence than their contract's: "esmr=daily,smarts_inspections=weekly".
SYNC_CADENCES = env_list("STORMWATER_SYNC_CADENCES")
# For trying the schedule: everything this many seconds, day and night. 0: the real schedule.
SYNC_EVERY = env_number("STORMWATER_SYNC_EVERY", 0)

CELERY_BROKER_URL = REDIS_URL or None
# Without a broker, work runs inside the command that asked for it, and its errors surface there.
CELERY_TASK_ALWAYS_EAGER = not REDIS_URL
CELERY_TASK_EAGER_PROPAGATES = True
# Results are rows in the run ledger; nobody reads them from Celery.
CELERY_TASK_IGNORE_RESULT = True
# Messages are data, never code.
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"

# Two queues: what reads and writes whole datasets runs one at a time, on a worker of its own (`--concurrency 1`),
# since two loads at once only wait for the same disk; the rest takes seconds and must not wait behind it.
SYNC_QUEUE, DEFAULT_QUEUE = "sync", "default"
SYNC_QUEUE_TASKS = ("sync.tasks.sync_dataset", "sync.tasks.release_held_run", "sync.tasks.run_follow_ups")
CELERY_TASK_DEFAULT_QUEUE = DEFAULT_QUEUE
CELERY_TASK_ROUTES = {name: {"queue": SYNC_QUEUE} for name in SYNC_QUEUE_TASKS}

# The longest task, a first load of all eSMR years, takes under two hours; a limit of more than twice that
# stops only one that hangs.
SYNC_TIME_LIMIT = 5 * 3600
# Five minutes before it is killed, a task is told, so that its run can say in the ledger why it failed.
SYNC_SOFT_TIME_LIMIT = SYNC_TIME_LIMIT - 300
CELERY_TASK_ANNOTATIONS = {
    name: {"time_limit": SYNC_TIME_LIMIT, "soft_time_limit": SYNC_SOFT_TIME_LIMIT} for name in SYNC_QUEUE_TASKS
}
# Everything else: a clean-up that deletes years of files at once takes minutes, the checks seconds.
CELERY_TASK_TIME_LIMIT = 15 * 60
CELERY_TASK_SOFT_TIME_LIMIT = CELERY_TASK_TIME_LIMIT - 60
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Redis hands a message to a second worker when it was not done within this time, also while the first is still
    # at work. So: an hour after the longest limit has ended any task.
    "visibility_timeout": max(SYNC_TIME_LIMIT, CELERY_TASK_TIME_LIMIT) + 3600,
    # The same Redis holds the cache; no key of one can be taken for one of the other.
    "global_keyprefix": "stormwater:",
    # A connection that has silently died is noticed within half a minute, not after the system's hours.
    "socket_timeout": 30,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 25,
}
# A task whose worker was killed is delivered again; every step of a sync is safe to repeat.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
# Tasks take minutes: a worker takes one at a time and leaves the rest to others.
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# A sync needs Redis for its message only: it goes on when Redis is away, and a second delivery finds it done.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
# The process behind a worker is replaced now and then, so that what a library leaks does not add up over years.
CELERY_WORKER_MAX_TASKS_PER_CHILD = 100
# A worker may be started before Redis is, and outlives any absence of it.
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# Who sends a message waits two seconds at most for a Redis that is away: a person may be looking on, and what is
# scheduled comes again.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 2, "interval_start": 0.2, "interval_step": 0.5, "interval_max": 1}
# Logs are Django's, in its format (see below), not Celery's.
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "America/Los_Angeles"
# Beat's memory of what it sent last; lost, it counts from its start, and a turn that was due before is missed. Like one
# that came while Redis was away, it is made up for by sync/missed_turns.py.
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")

# What the nightly clean-up removes, in days; 0 keeps it for ever ------------------------------------------------------

# Raw files are the evidence behind records. Penalties under the Clean Water Act can be sought for five years
# (28 U.S.C. 2462), and so long they are kept, beside the published ones, which are kept in any case.
RAW_FILE_DAYS = env_number("STORMWATER_RAW_FILE_DAYS", 5 * 365 + 2)
# Quarantined rows and issues of files that are not published any more. The counts stay in the ledger; two years cover
# a reporting year and its late corrections.
FINDING_DAYS = env_number("STORMWATER_FINDING_DAYS", 2 * 365)
# What kills leave behind, and files that nothing speaks of: a month is time to wonder where a file has come from.
LEFTOVER_DAYS = env_number("STORMWATER_LEFTOVER_DAYS", 30)

# Alerts to operators ------------------------------------------------------------------------------------------------

# Who is told by mail; nobody unless addresses and a mail server are named. Alerts are kept in the database anyway.
ALERT_RECIPIENTS = env_list("STORMWATER_ALERT_RECIPIENTS")
# Messages waiting in a queue. A night sends eight syncs and their follow-ups; five nights of them mean that nobody
# takes them.
QUEUE_LIMIT = env_number("STORMWATER_QUEUE_LIMIT", 50)

EMAIL_HOST = env_text("EMAIL_HOST")
EMAIL_PORT = env_number("EMAIL_PORT", 25)
EMAIL_HOST_USER = env_text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env_flag("EMAIL_USE_TLS")
EMAIL_USE_SSL = env_flag("EMAIL_USE_SSL")
EMAIL_TIMEOUT = 20  # seconds; the next check sends what could not be sent
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env_text("EMAIL_FROM", "stormwater-watch@localhost")

# Language, time, static files ---------------------------------------------------------------------------------------

LANGUAGE_CODE = "en-us"
USE_I18N = False  # the agencies' terms are English
USE_TZ = True
TIME_ZONE = "America/Los_Angeles"  # dates in the datasets are California's

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "staticfiles"
# Served from the apps themselves until `collectstatic` was run, so that a clone needs no such step. Then the folder
# is missing, which is no mistake.
WHITENOISE_USE_FINDERS = True
warnings.filterwarnings("ignore", message="No directory at", category=UserWarning)
STATICFILES_COLLECTED = (STATIC_ROOT / "staticfiles.json").exists()
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        # Names with a hash of the content can be cached for ever, but exist only once collected.
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if STATICFILES_COLLECTED
        else "django.contrib.staticfiles.storage.StaticFilesStorage",
    },
}

# API ----------------------------------------------------------------------------------------------------------------

# How many requests a client may make: per address without a token, per user with one. Empty turns a limit off.
STORMWATER_ANON_RATE = os.environ.get("STORMWATER_ANON_RATE", "300/minute")
STORMWATER_USER_RATE = os.environ.get("STORMWATER_USER_RATE", "1200/minute")
# Of these, exact counts and CSV exports, which read whole tables.
STORMWATER_EXPENSIVE_RATE = os.environ.get("STORMWATER_EXPENSIVE_RATE", "30/minute")
# What staff may ask of their own endpoints, each by themselves and beside the limits above.
STORMWATER_STAFF_RATE = os.environ.get("STORMWATER_STAFF_RATE", "600/minute")

REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": [],  # anyone may read; what staff may do says so itself
    "DEFAULT_THROTTLE_CLASSES": ["stormwater.api.throttling.ClientThrottle"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "stormwater.api.formats.FormatNegotiation",
    "DEFAULT_RENDERER_CLASSES": ["stormwater.api.formats.JsonFormat"],
    "EXCEPTION_HANDLER": "stormwater.api.problems.handle_exception",
    # The client's address is what the proxy says; without one, nobody's word is taken for it.
    "NUM_PROXIES": 1 if HTTPS else 0,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Stormwater Watch",
    "DESCRIPTION": "Self-monitoring results, violations, enforcement and inspections of California's dischargers.",
    "VERSION": "0.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/",
    "PREPROCESSING_HOOKS": ["stormwater.api.openapi.one_way_each"],
    "POSTPROCESSING_HOOKS": ["stormwater.api.openapi.add_components"],
    # The pages' scripts come from this server.
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# Logging ------------------------------------------------------------------------------------------------------------

# For people, or for a program that collects them: one JSON object per line.
LOG_FORMAT = env_text("LOG_FORMAT", "plain")
if LOG_FORMAT not in {"plain", "json"}:
    raise ImproperlyConfigured(f"LOG_FORMAT must be plain or json, not {LOG_FORMAT!r}.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"context": {"()": "stormwater.logs.ContextFilter"}},
    "formatters": {
        "plain": {"format": "{asctime} {levelname} {name}{context}: {message}", "style": "{"},
        "json": {"()": "stormwater.logs.JsonLines"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["context"]},
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        # Replaced, not joined: Django's own handlers would say everything twice.
        "django": {"handlers": ["stderr"], "level": env_text("LOG_LEVEL", "WARNING"), "propagate": False},
        **{
            name: {"level": env_text("LOG_LEVEL", "INFO")}
            for name in ("stormwater", "facilities", "monitoring", "violations", "enforcement", "sync")
        },
    },
}
