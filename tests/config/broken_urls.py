"""The site's addresses and two that break, to see what the errors look like."""

from django.core.exceptions import PermissionDenied
from django.urls import path

from config.urls import *  # noqa: F403
from config.urls import urlpatterns as site


def breaks(request):
    raise RuntimeError("secret of the house")


def forbids(request):
    raise PermissionDenied


urlpatterns = [path("breaks/", breaks), path("api/breaks", breaks), path("forbids/", forbids), *site]
