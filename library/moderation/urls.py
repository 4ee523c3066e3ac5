"""Addresses of reports: pages and API."""

from django.urls import path, re_path

from library.discussions.urls import POST, THREAD
from library.moderation import api, views
from library.talking.urls import COMMENT, ITEM

app_name = "moderation"

urlpatterns = [
    path("items/<uuid:uuid>/report/", views.report_item, name="report-item"),
    path("items/<uuid:uuid>/appeal/", views.appeal, name="appeal"),
    path("items/<uuid:uuid>/comments/<uuid:comment>/report/", views.report_comment, name="report-comment"),
    path(POST + "report/", views.report_post, name="report-post"),
    path("moderation/", views.queue, name="queue"),
    path("moderation/<slug:key>/<uuid:uuid>/", views.decide, name="decide"),
    re_path(ITEM + r"/report/?$", api.ItemReportView.as_view(), name="api-report-item"),
    re_path(ITEM + r"/appeal/?$", api.AppealView.as_view(), name="api-appeal"),
    re_path(COMMENT + r"/report/?$", api.CommentReportView.as_view(), name="api-report-comment"),
    re_path(
        THREAD + r"/posts/(?P<post>[0-9a-fA-F-]{36})/report/?$", api.PostReportView.as_view(), name="api-report-post"
    ),
    re_path(r"^api/library/reports/?$", api.QueueView.as_view(), name="api-queue"),
    re_path(
        r"^api/library/reports/(?P<key>[a-z]{1,10})/(?P<uuid>[0-9a-fA-F-]{36})/?$",
        api.DecisionView.as_view(),
        name="api-decide",
    ),
]
