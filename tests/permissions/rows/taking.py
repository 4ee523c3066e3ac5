"""Taking courses: the owner teaches them, the collaborator too; the enrolled takes one and completed another.

The member has asked for the course with a price, and takes none.
"""

from django.utils import timezone

from library.learning import enrolling, progress
from library.learning.models import Certificate, CourseTeacher, Enrolment
from stats import ledger
from tests.factories import make_course, make_enrolment, make_item, make_lesson, make_section
from tests.permissions.table import EVERYBODY, MEMBERS, Row
from tests.permissions.world import World

ROWS = (
    Row("learning:enrol", "POST", "taken", "302 302 302 302 login 302"),
    Row("learning:enrol", "POST", "asked", "302 302 302 302 login 302"),
    Row("learning:enrol", "POST", "draft", "302 302 404 404 login 302"),
    Row("learning:enrol-withdraw", "POST", "asked", "404 404 404 302 login 404"),
    Row("learning:lesson", "GET", "lesson", "200 200 200 302 302 200"),
    Row("learning:lesson", "GET", "film_lesson", "200 200 200 302 302 200"),
    Row("learning:lesson", "GET", "preview_lesson", EVERYBODY),
    Row("learning:lesson", "GET", "later_lesson", "200 200 403 302 302 200"),
    Row("learning:lesson", "GET", "draft_lesson", "200 200 404 404 404 200"),
    Row("learning:lesson-file", "GET", "film_lesson", "200 200 200 404 404 200"),
    Row("learning:lesson-file", "GET", "preview_lesson", EVERYBODY),
    Row("learning:lesson-file", "GET", "lesson", "404 404 404 404 404 404"),
    Row("learning:lesson-poster", "GET", "film_lesson", "200 200 200 404 404 200"),
    Row("learning:lesson-poster", "GET", "preview_lesson", EVERYBODY),
    Row("learning:lesson-check", "POST", "lesson", "302 302 302 404 login 302"),
    Row("learning:lesson-check", "POST", "later_lesson", "302 302 404 404 login 302"),
    Row("learning:lesson-reading", "POST", "lesson", "404 404 200 404 login 404", {"reached": 100}),
    Row("learning:lesson-reading", "POST", "film_lesson", "404 404 404 404 login 404", {"reached": 100}),
    Row("learning:lesson-watching", "POST", "film_lesson", "404 404 404 404 login 404", {"ranges": "[]"}),
    Row("learning:mine", "GET", "", MEMBERS),
    Row("learning:certificate", "GET", "certificate", EVERYBODY),
    Row("learning:dashboard-courses", "GET", "", "302 302 302 302 302 302"),
    Row("learning:dashboard-course", "GET", "taken", "302 302 302 302 302 302"),
    Row("learning:dashboard-lesson", "GET", "lesson", "302 302 302 302 302 302"),
    Row("learning:api-enrolments", "GET", "", "200 200 200 200 401 200"),
    Row(
        "learning:api-enrolments",
        "POST",
        "",
        "403 403 200 201 401 201",
        lambda world: {"course": str(world.things["taken"].uuid)},
    ),
    Row(
        "learning:api-enrolments",
        "POST",
        "",
        "403 403 201 200 401 201",
        lambda world: {"course": str(world.things["asked"].uuid)},
    ),
    Row("learning:api-enrolment", "GET", "enrolment", "200 200 200 404 401 200"),
    Row("learning:api-enrolment", "GET", "request", "200 200 404 200 401 200"),
    Row("learning:api-enrolment", "PATCH", "request", "200 200 404 403 401 200", {"state": "active"}),
    Row("learning:api-enrolment", "PATCH", "enrolment", "200 200 403 404 401 200", {"state": "revoked"}),
    Row("learning:api-enrolment", "DELETE", "request", "403 403 404 204 401 403"),
    Row("learning:api-enrolment", "DELETE", "enrolment", "403 403 403 404 401 403"),
    Row("learning:api-course-enrolments", "GET", "api_taken", "200 200 403 403 401 200"),
    Row("learning:api-course-enrolments", "GET", "api_draft", "200 200 404 404 401 200"),
    Row(
        "learning:api-course-enrolments",
        "POST",
        "api_taken",
        "201 201 403 403 401 201",
        lambda world: {"user_id": str(world.people["member"].uuid)},
    ),
    Row("learning:api-lesson-taken", "GET", "api_lesson", "200 200 200 404 404 200"),
    Row("learning:api-lesson-taken", "GET", "api_preview_lesson", EVERYBODY),
    Row("learning:api-lesson-taken", "GET", "api_later_lesson", "200 200 403 404 404 200"),
    Row("learning:api-lesson-taken", "GET", "api_draft_lesson", "200 200 404 404 404 200"),
    Row("learning:api-lesson-reading", "POST", "api_lesson", "404 404 200 404 401 404", {"reached": 100}),
    Row("learning:api-certificate", "GET", "certificate", EVERYBODY),
    Row("learning:api-lesson-complete", "POST", "api_lesson", "404 404 409 404 401 404"),
    Row("learning:api-lesson-complete", "POST", "api_done_lesson", "404 404 200 404 401 404"),
    Row("learning:api-lesson-complete", "POST", "api_later_lesson", "404 404 403 404 401 404"),
)


def prepare(world: World) -> None:
    """Make a course that is taken, one that was completed, one with a price that was asked for, and a draft."""
    owner, enrolled, member = world.owner, world.people["enrolled"], world.people["member"]
    courses = [
        make_course(owner, "Taken"),
        make_course(owner, "Completed"),
        make_course(owner, "Asked for", price_minor=4900),
        make_course(owner, "Not out", published=False),
    ]
    for course in courses:
        CourseTeacher.objects.create(course=course, user=world.people["collaborator"])
    taken, completed, asked, draft = courses
    section = make_section(taken)
    film = make_item(owner, file=b"0123456789", visibility="private")
    lessons = {
        "lesson": make_lesson(section, text="Short."),
        "film_lesson": make_lesson(section, "video", video=film),
        "preview_lesson": make_lesson(section, "video", video=film, is_preview=True),
        "later_lesson": make_lesson(make_section(taken, opens_after_days=7)),
        "done_lesson": make_lesson(make_section(completed)),
        "draft_lesson": make_lesson(make_section(draft)),
    }
    for course in (taken, completed):
        make_enrolment(course, enrolled)
    with ledger.recording():
        progress.completed(enrolled, lessons["done_lesson"], at=timezone.now())
    request = enrolling.enrol(member, asked)
    for name, lesson in lessons.items():
        world.subjects[name] = {"slug": lesson.section.course.slug, "uuid": lesson.uuid}
        world.subjects[f"api_{name}"] = {"uuid": lesson.uuid}
    world.things |= {"taken": taken, "asked": asked}
    world.subjects |= {
        "taken": {"slug": taken.slug},
        "asked": {"slug": asked.slug},
        "draft": {"slug": draft.slug},
        "api_taken": {"uuid": taken.uuid},
        "api_draft": {"uuid": draft.uuid},
        "enrolment": {"uuid": Enrolment.objects.get(course=taken).uuid},
        "request": {"uuid": request.uuid},
        "certificate": {"uuid": Certificate.objects.get(enrolment__course=completed).uuid},
    }
