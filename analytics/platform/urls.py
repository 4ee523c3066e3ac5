"""Addresses of the platform's numbers."""

from django.urls import re_path

from analytics.platform import api

app_name = "platform"

urlpatterns = [
    re_path(r"^api/admin/analytics/overview/?$", api.OverviewView.as_view(), name="overview"),
    re_path(r"^api/admin/analytics/user-growth/?$", api.UserGrowthView.as_view(), name="user-growth"),
    re_path(r"^api/admin/analytics/engagement/?$", api.EngagementView.as_view(), name="engagement"),
    re_path(r"^api/admin/analytics/revenue/?$", api.RevenueView.as_view(), name="revenue"),
    re_path(r"^api/admin/analytics/top-courses/?$", api.TopCoursesView.as_view(), name="top-courses"),
    re_path(r"^api/admin/analytics/top-instructors/?$", api.TopInstructorsView.as_view(), name="top-instructors"),
    re_path(r"^api/admin/analytics/system-health/?$", api.SystemHealthView.as_view(), name="system-health"),
    re_path(r"^api/admin/analytics/dashboard/?$", api.DashboardView.as_view(), name="dashboard"),
    re_path(r"^api/admin/analytics/aggregate/(?P<day>[^/]+)/?$", api.AggregateView.as_view(), name="aggregate"),
]
