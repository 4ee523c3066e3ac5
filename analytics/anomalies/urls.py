"""Addresses of unusual days."""

app_name = "anomalies"

urlpatterns: list[object] = []
