"""The WSGI application that gunicorn serves."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application
from django.urls import resolve

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "thumper.settings")
application = get_wsgi_application()
# Loads every address and what stands behind it: else the first request would wait for that.
resolve("/healthz")
