"""Addresses of recommendations."""

from django.urls import re_path

from library.recommending import api

app_name = "recommending"

urlpatterns = [
    re_path(r"^api/library/recommendations/?$", api.RecommendationsView.as_view(), name="api-recommendations"),
    re_path(r"^api/library/items/(?P<uuid>[0-9a-fA-F-]{36})/related/?$", api.RelatedView.as_view(), name="api-related"),
]
