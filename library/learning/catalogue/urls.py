"""Addresses of the catalogue and of courses."""

from django.urls import path, re_path

from library.learning.catalogue import api, views

COURSE = r"^api/learning/courses/(?P<uuid>[0-9a-fA-F-]{36})"

urlpatterns = [
    path("courses/", views.catalogue, name="catalogue"),
    path("courses/<slug:slug>/", views.course, name="course"),
    path("courses/<slug:slug>/cover/", views.cover, name="cover"),
    path("courses/<slug:slug>/reviews/", views.review, name="review"),
    path("courses/<slug:slug>/reviews/<uuid:review>/delete/", views.review_delete, name="review-delete"),
    re_path(r"^api/learning/courses/?$", api.CoursesView.as_view(), name="api-courses"),
    re_path(COURSE + r"/?$", api.CourseView.as_view(), name="api-course"),
    re_path(COURSE + r"/publish/?$", api.PublishView.as_view(), name="api-course-publish"),
    re_path(COURSE + r"/archive/?$", api.ArchiveView.as_view(), name="api-course-archive"),
    re_path(COURSE + r"/reviews/?$", api.ReviewsView.as_view(), name="api-reviews"),
    re_path(COURSE + r"/reviews/(?P<review>[0-9a-fA-F-]{36})/?$", api.ReviewView.as_view(), name="api-review"),
]
