"""Addresses of taking courses; `library.learning.urls` includes them under its name."""

from django.urls import path, re_path

from library.learning.taking import api, views

LESSON = "courses/<slug:slug>/lessons/<uuid:uuid>"
UUID = r"(?P<uuid>[0-9a-fA-F-]{36})"

urlpatterns = [
    path("courses/<slug:slug>/enrol/", views.enrol, name="enrol"),
    path("courses/<slug:slug>/enrol/withdraw/", views.withdraw, name="enrol-withdraw"),
    path(f"{LESSON}/", views.lesson, name="lesson"),
    path(f"{LESSON}/file/", views.lesson_file, name="lesson-file"),
    path(f"{LESSON}/poster/", views.lesson_poster, name="lesson-poster"),
    path(f"{LESSON}/check/", views.lesson_check, name="lesson-check"),
    path(f"{LESSON}/reading/", views.lesson_reading, name="lesson-reading"),
    path(f"{LESSON}/watching/", views.lesson_watching, name="lesson-watching"),
    path("learning/", views.mine, name="mine"),
    path("certificates/<uuid:uuid>/", views.certificate, name="certificate"),
    path("dashboard/courses/", views.dashboard, name="dashboard-courses"),
    path("dashboard/courses/<slug:slug>/", views.dashboard, name="dashboard-course"),
    path("dashboard/courses/<slug:slug>/lessons/<uuid:uuid>/", views.dashboard, name="dashboard-lesson"),
    re_path(r"^api/learning/enrolments/?$", api.EnrolmentsView.as_view(), name="api-enrolments"),
    re_path(rf"^api/learning/enrolments/{UUID}/?$", api.EnrolmentView.as_view(), name="api-enrolment"),
    re_path(
        rf"^api/learning/courses/{UUID}/enrolments/?$", api.CourseEnrolmentsView.as_view(), name="api-course-enrolments"
    ),
    re_path(rf"^api/learning/lessons/{UUID}/?$", api.LessonView.as_view(), name="api-lesson-taken"),
    re_path(rf"^api/learning/lessons/{UUID}/reading/?$", api.ReadingView.as_view(), name="api-lesson-reading"),
    re_path(rf"^api/learning/certificates/{UUID}/?$", api.CertificateView.as_view(), name="api-certificate"),
    re_path(rf"^api/lessons/{UUID}/complete/?$", api.CompleteView.as_view(), name="api-lesson-complete"),
]
