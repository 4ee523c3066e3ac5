"""Addresses of the staff's dashboards."""

from django.urls import path

from analytics.dashboards import views

app_name = "dashboards"

urlpatterns = [
    path("", views.overview, name="overview"),
    path("users/", views.overview, name="users"),
    path("engagement/", views.overview, name="engagement"),
    path("content/", views.overview, name="content"),
    path("learning/", views.overview, name="learning"),
    path("gamification/", views.overview, name="gamification"),
    path("revenue/", views.overview, name="revenue"),
    path("system/", views.overview, name="system"),
]
