"""Addresses of unusual days, below the dashboards."""

from django.urls import path

from analytics.anomalies import views

app_name = "anomalies"

urlpatterns = [
    path("unusual/", views.page, name="list"),
    path("morning-mail/stop/<str:token>/", views.stop, name="stop"),
]
