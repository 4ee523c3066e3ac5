"""Every address. API paths match with and without a final slash, so that no body is lost in a redirect."""

from django.contrib import admin
from django.urls import include, path, re_path

from config import pages

site = [
    path("how-we-count/", pages.how_we_count, name="how-we-count"),
    path("privacy/", pages.privacy, name="privacy"),
    path("favicon.ico", pages.favicon, name="favicon"),
    re_path(r"^docs/?$", pages.DocsView.as_view(), name="docs"),
    re_path(r"^redoc/?$", pages.RedocView.as_view(), name="redoc"),
    re_path(r"^api/?$", pages.ApiRootView.as_view(), name="api-root"),
    re_path(r"^api/schema/?$", pages.SchemaView.as_view(), name="schema"),
]

urlpatterns = [
    path("admin/analytics/", include("analytics.dashboards.urls")),
    path("admin/analytics/", include("analytics.anomalies.urls")),
    path("admin/people/", include("analytics.people.urls")),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("teach/numbers/", include("analytics.dashboards.teaching_urls")),
    path("", include("analytics.urls")),
    path("", include("analytics.people.letter_urls")),
    path("", include("analytics.platform.urls")),
    path("", include("library.urls")),
    path("", include("library.talking.urls")),
    path("", include("library.moderation.urls")),
    path("", include("library.playlists.urls")),
    path("", include("library.people.urls")),
    path("", include("library.recommending.urls")),
    path("", include("library.learning.urls")),
    path("", include("library.quizzes.urls")),
    path("", include("library.discussions.urls")),
    path("", include("gamification.urls")),
    path("", include("gamification.playing.urls")),
    path("", include("gamification.moments.urls")),
    path("", include("gamification.achievements.urls")),
    path("", include("gamification.boards.urls")),
    path("", include("gamification.teams.urls")),
    path("", include("gamification.challenges.urls")),
    path("", include("gamification.credentials.urls")),
    path("", include("accounts.urls")),
    path("", include("accounts.advertising.urls")),
    path("", include("accounts.branding.urls")),
    path("", include("accounts.erasure.urls")),
    path("", include("accounts.billing.urls")),
    path("", include("stats.urls")),
    path("", include((site, "site"))),
]

handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.not_found"
handler429 = "config.errors.too_many"
handler500 = "config.errors.server_error"
