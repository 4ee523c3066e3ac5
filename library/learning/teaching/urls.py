"""Addresses on which courses are built."""

from django.urls import path, re_path

from library.learning.teaching import api, views

COURSE = "teach/courses/<uuid:uuid>/"
API = r"^api/learning/courses/(?P<uuid>[0-9a-fA-F-]{36})"

urlpatterns = [
    path("teach/", views.courses, name="teach"),
    path("teach/new/", views.course_new, name="teach-new"),
    path("teach/preview/", views.preview, name="teach-preview"),
    path(COURSE, views.outline, name="teach-course"),
    path(f"{COURSE}details/", views.details, name="teach-details"),
    path(f"{COURSE}cover/", views.cover, name="teach-cover"),
    path(f"{COURSE}order/", views.order, name="teach-order"),
    path(f"{COURSE}move/", views.move, name="teach-move"),
    path(f"{COURSE}publish/", views.publish, name="teach-publish"),
    path(f"{COURSE}archive/", views.archive, name="teach-archive"),
    path(f"{COURSE}delete/", views.delete, name="teach-delete"),
    path(f"{COURSE}sections/", views.section_add, name="teach-section-add"),
    path(f"{COURSE}sections/<uuid:section>/", views.section, name="teach-section"),
    path(f"{COURSE}sections/<uuid:section>/remove/", views.section_remove, name="teach-section-remove"),
    path(f"{COURSE}sections/<uuid:section>/lessons/", views.lesson_add, name="teach-lesson-add"),
    path(f"{COURSE}lessons/<uuid:lesson>/", views.lesson, name="teach-lesson"),
    path(f"{COURSE}lessons/<uuid:lesson>/remove/", views.lesson_remove, name="teach-lesson-remove"),
    path(f"{COURSE}people/", views.people, name="teach-people"),
    path(f"{COURSE}people/teachers/", views.teacher_add, name="teach-teacher-add"),
    path(f"{COURSE}people/teachers/<str:username>/remove/", views.teacher_remove, name="teach-teacher-remove"),
    re_path(
        r"^teach/courses/(?P<uuid>[0-9a-f-]{36})/people/(?P<enrolment>[0-9a-f-]{36})/(?P<answer>grant|refuse|revoke)/$",
        views.enrolment,
        name="teach-enrolment",
    ),
    re_path(API + r"/sections/?$", api.SectionsView.as_view(), name="api-sections"),
    re_path(API + r"/sections/(?P<section>[0-9a-fA-F-]{36})/?$", api.SectionView.as_view(), name="api-section"),
    re_path(API + r"/lessons/?$", api.LessonsView.as_view(), name="api-lessons"),
    re_path(API + r"/lessons/(?P<lesson>[0-9a-fA-F-]{36})/?$", api.LessonView.as_view(), name="api-lesson"),
    re_path(API + r"/order/?$", api.OrderView.as_view(), name="api-course-order"),
    re_path(API + r"/teachers/?$", api.TeachersView.as_view(), name="api-teachers"),
    re_path(API + r"/teachers/(?P<username>[^/]{1,150})/?$", api.TeacherView.as_view(), name="api-teacher"),
]
