"""Pages about the site itself, and the entrance to its API."""

from typing import Any

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from stats.eight import EIGHT
from stats.kinds import KINDS


def how_we_count(request: HttpRequest) -> HttpResponse:
    """What each number means, from the same registries that count it."""
    return render(request, "site/how_we_count.html", {"eight": EIGHT, "kinds": KINDS})


def privacy(request: HttpRequest) -> HttpResponse:
    """What is stored about visitors and members."""
    return render(request, "site/privacy.html")
