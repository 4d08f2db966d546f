"""The entry point of a production web server: `gunicorn stormwater.wsgi`."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stormwater.settings")

application = get_wsgi_application()

# The addresses bring every view with them, for which the first request would wait. What is loaded by now stays to the
# end: the collector need not look through it again and again.
get_resolver().url_patterns  # noqa: B018 - reading it loads them
gc.collect()
gc.freeze()
