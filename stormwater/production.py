"""What production must not run with."""

from collections.abc import Sequence

from django.core.exceptions import ImproperlyConfigured

# Django's own measure of a key that can be guessed (its check security.W009).
SHORTEST_KEY = 50
FEWEST_CHARACTERS = 5
DJANGOS_PREFIX = "django-insecure-"


def refuse_unsafe_settings(*, debug: bool, secret_key: str, allowed_hosts: Sequence[str]) -> None:
    """Raise ImproperlyConfigured, with all reasons at once, if something would make the site unsafe.

    `secret_key` and `allowed_hosts` are what the environment says, empty if it says nothing.
    """
    reasons = []
    if debug:
        reasons.append("DEBUG is on and would show the settings to everybody; unset it.")
    if (
        len(secret_key) < SHORTEST_KEY
        or len(set(secret_key)) < FEWEST_CHARACTERS
        or secret_key.startswith(DJANGOS_PREFIX)
    ):
        reasons.append(
            f"SECRET_KEY is missing or can be guessed; set one of at least {SHORTEST_KEY} random characters, such as "
            "this prints: python -c 'import secrets; print(secrets.token_urlsafe(50))'"
        )
    if not allowed_hosts or "*" in allowed_hosts:
        reasons.append("ALLOWED_HOSTS must list the names that the site is reached by.")
    if reasons:
        raise ImproperlyConfigured(f"STORMWATER_PRODUCTION is set, and the settings are not safe. {' '.join(reasons)}")
