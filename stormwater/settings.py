"""Settings of every installation; what differs between them is read from the environment (see .env.example)."""

import os
import warnings
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from stormwater.secret import read_or_create_key


def env_list(name: str, default: str = "") -> list[str]:
    """Return the comma-separated values of an environment variable."""
    return [value.strip() for value in os.environ.get(name, default).split(",") if value.strip()]


def env_flag(name: str, *, default: bool = False) -> bool:
    """Return whether an environment variable says yes."""
    value = os.environ.get(name, "").strip().lower()
    return value in {"1", "true", "yes", "on"} if value else default


# Where things are ---------------------------------------------------------------------------------------------------

BASE_DIR = Path(__file__).resolve().parent.parent
# Everything the system writes: the embedded database, the raw files as downloaded, the signing key.
DATA_DIR = Path(os.environ.get("STORMWATER_DATA_DIR") or BASE_DIR / ".data").expanduser().absolute()
RAW_DIR = DATA_DIR / "raw"

# The open data portal, and whom its operators can write to about our downloads (sent in the User-Agent).
CKAN_URL = os.environ.get("CKAN_URL", "https://data.ca.gov").rstrip("/")
CONTACT = os.environ.get("STORMWATER_CONTACT", "no contact given")

# Security -----------------------------------------------------------------------------------------------------------

DEBUG = env_flag("DEBUG")
# Several hosts must share one key; a single installation gets its own without being asked for it.
SECRET_KEY = os.environ.get("SECRET_KEY") or read_or_create_key(DATA_DIR / "secret_key")
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS")

# Behind a proxy that ends TLS and sets X-Forwarded-Proto. Off by default: a first try runs on plain localhost.
HTTPS = env_flag("HTTPS")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 30 * 24 * 3600 if HTTPS else 0  # a month: long enough to protect, short enough to undo

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

DATABASE_URL = os.environ.get("DATABASE_URL", "")
DATABASE_ENGINE = "stormwater.database.backend"  # Django's PostgreSQL backend, plus the two things described there


def database_settings(url: str, data_dir: Path) -> dict[str, Any]:
    """Return Django's settings for the server at `url`, or for the embedded one under `data_dir` if there is no URL."""
    shared = {
        # A minute spares busy workers the reconnecting and gives idle connections back.
        "CONN_MAX_AGE": 60,
        # The server may have been restarted within that minute.
        "CONN_HEALTH_CHECKS": True,
    }
    if not url:
        return {"ENGINE": DATABASE_ENGINE, "NAME": "stormwater", "EMBEDDED_DATA_DIR": data_dir, **shared}
    if urlsplit(url).scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("DATABASE_URL must name a PostgreSQL server: postgresql://USER:PASSWORD@HOST/NAME")
    return {**dj_database_url.parse(url, engine=DATABASE_ENGINE), **shared}


DATABASES = {"default": database_settings(DATABASE_URL, DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"  # numbers that never run out, however often samples are replaced

# Cache and background work ------------------------------------------------------------------------------------------

REDIS_URL = os.environ.get("REDIS_URL", "")

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
# A task whose worker was killed is delivered again; every step of a sync is safe to repeat.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
# Tasks take minutes: a worker takes one at a time and leaves the rest to others.
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Redis hands a task to a second worker when it was not finished within this time. The longest, a first load of
# all eSMR years, takes under two hours; its limit stops one that hangs before a second copy is started.
CELERY_TASK_TIME_LIMIT = 5 * 3600
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 6 * 3600}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True  # a worker may be started before Redis is
CELERY_TIMEZONE = "America/Los_Angeles"

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

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "stormwater.api.request_ids.RequestIdFilter"}},
    "formatters": {"plain": {"format": "{asctime} {levelname} {name} [{request_id}]: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["request_id"]}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        # Replaced, not joined: Django's own handlers would say everything twice.
        "django": {"handlers": ["stderr"], "level": os.environ.get("LOG_LEVEL", "WARNING"), "propagate": False},
        **{
            name: {"level": os.environ.get("LOG_LEVEL", "INFO")}
            for name in ("stormwater", "facilities", "monitoring", "violations", "enforcement", "sync")
        },
    },
}
