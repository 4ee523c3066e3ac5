"""Addresses of moments."""

from django.urls import path, re_path

from gamification.moments import api, views

app_name = "moments"

urlpatterns = [
    path("moments/", views.show, name="show"),
    re_path(r"^api/gamification/moments/?$", api.MomentsView.as_view(), name="api-moments"),
    re_path(r"^api/gamification/moments/shown/?$", api.ShownView.as_view(), name="api-moments-shown"),
]
