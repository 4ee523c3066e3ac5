"""Pages about the site itself, and the entrance to its API."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def how_we_count(request: HttpRequest) -> HttpResponse:
    """What each number means."""
    return render(request, "site/how_we_count.html")


def privacy(request: HttpRequest) -> HttpResponse:
    """What is stored about visitors and members."""
    return render(request, "site/privacy.html")
