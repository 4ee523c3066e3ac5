"""The site's addresses and two that break, to see what the errors look like."""

from config.urls import *  # noqa: F403
from config.urls import urlpatterns as site
from django.core.exceptions import PermissionDenied
from django.urls import path


def breaks(request):
    raise RuntimeError("secret of the house")


def forbids(request):
    raise PermissionDenied


urlpatterns = [path("breaks/", breaks), path("api/breaks", breaks), path("forbids/", forbids), *site]
