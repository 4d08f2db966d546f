"""The entry point of a production web server: `gunicorn stormwater.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stormwater.settings")

application = get_wsgi_application()
