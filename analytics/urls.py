"""Addresses of health checks, and of pages about numbers."""

from django.urls import path, re_path

from analytics import api, health, insights, receipts, views

app_name = "analytics"

urlpatterns = [
    re_path(r"^healthz/?$", health.healthz, name="healthz"),
    re_path(r"^readyz/?$", health.readyz, name="readyz"),
    re_path(r"^api/dashboard/stats/?$", api.DashboardView.as_view(), name="dashboard"),
    path("studio/", views.overview, name="studio"),
    path("studio/<slug:table>.csv", views.csv, name="studio-csv"),
    path("studio/items/", views.items, name="studio-items"),
    path("studio/items/<uuid:uuid>/", views.item, name="studio-item"),
    path("studio/items/<uuid:uuid>/<slug:table>.csv", views.item_csv, name="studio-item-csv"),
    path("insights/", insights.page, name="insights"),
    path("insights/numbers/", insights.numbers, name="insights-numbers"),
    path("insights/site/", insights.site, name="insights-site"),
    path("insights/<slug:name>.csv", insights.table, name="insights-csv"),
    path("receipts/<slug:key>/", receipts.page, name="receipt"),
]
