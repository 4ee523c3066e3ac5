"""The web process's entry."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

from analytics.platform.traffic import counted

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

try:
    site = get_wsgi_application()
except ImproperlyConfigured as error:
    sys.exit(f"eightpoint: {error}")

application = counted(site)
