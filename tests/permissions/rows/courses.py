"""Building courses, the catalogue and reviews: the owner's course is out, and there is a draft.

The collaborator teaches both, the enrolled takes what is out and has reviewed it.
"""

from pathlib import Path

from django.conf import settings

from library.learning import building, covers, enrolling, reviews
from library.learning.models import Course, What
from tests.factories import make_course, make_lesson, make_section, make_user
from tests.permissions.table import Row
from tests.permissions.world import World

ROWS = (
    Row("learning:catalogue", "GET", "", "200 200 200 200 200 200"),
    Row("learning:course", "GET", "out_slug", "200 200 200 200 200 200"),
    Row("learning:course", "GET", "draft_slug", "200 200 404 404 404 200"),
    Row("learning:cover", "GET", "out_slug", "200 200 200 200 200 200"),
    Row("learning:cover", "GET", "draft_slug", "200 200 404 404 404 200"),
    Row("learning:review", "POST", "out_slug", "302 302 302 302 login 302", {"stars": 4}),
    Row("learning:review", "POST", "draft_slug", "302 302 404 404 login 302", {"stars": 4}),
    Row("learning:review-delete", "POST", "out_review", "404 404 302 404 login 302"),
    Row("learning:teach", "GET", "", "200 200 200 200 login 200"),
    Row("learning:teach-new", "GET", "", "200 200 200 200 login 200"),
    Row(
        "learning:teach-new",
        "POST",
        "",
        "302 302 302 302 login 302",
        {"title": "New", "category": "other", "level": "all"},
    ),
    Row("learning:teach-preview", "POST", "", "200 200 200 200 login 200", {"text": "*a*"}),
    Row("learning:teach-course", "GET", "out_course", "200 200 404 404 login 200"),
    Row("learning:teach-course", "GET", "draft_course", "200 200 404 404 login 200"),
    Row("learning:teach-details", "GET", "draft_course", "200 200 404 404 login 200"),
    Row(
        "learning:teach-details",
        "POST",
        "draft_course",
        "302 302 404 404 login 302",
        {"version": 4, "title": "T", "category": "other", "level": "all", "price": "0", "currency": "EUR"},
    ),
    Row("learning:teach-cover", "POST", "draft_course", "302 302 404 404 login 302", {"version": 4}),
    Row("learning:teach-order", "POST", "draft_course", "302 302 404 404 login 302", {"version": 4, "order": "[]"}),
    Row("learning:teach-move", "POST", "draft_course", "302 302 404 404 login 302", {"version": 4}),
    Row("learning:teach-publish", "POST", "draft_course", "302 302 404 404 login 302", {"version": 4}),
    Row("learning:teach-archive", "POST", "out_course", "302 302 404 404 login 302", {"version": 4}),
    Row("learning:teach-delete", "GET", "draft_course", "200 404 404 404 login 200"),
    Row("learning:teach-delete", "POST", "draft_course", "302 404 404 404 login 302"),
    Row("learning:teach-delete", "POST", "out_course", "302 404 404 404 login 302"),
    Row(
        "learning:teach-section-add", "POST", "draft_course", "302 302 404 404 login 302", {"version": 4, "title": "S"}
    ),
    Row("learning:teach-section", "POST", "draft_section", "302 302 404 404 login 302", {"version": 4, "title": "S"}),
    Row("learning:teach-section-remove", "POST", "draft_section", "302 302 404 404 login 302", {"version": 4}),
    Row(
        "learning:teach-lesson-add",
        "POST",
        "draft_section",
        "302 302 404 404 login 302",
        {"version": 4, "title": "L", "kind": "text"},
    ),
    Row("learning:teach-lesson", "GET", "draft_lesson_of", "200 200 404 404 login 200"),
    Row("learning:teach-lesson", "POST", "draft_lesson_of", "302 302 404 404 login 302", {"version": 4, "title": "L"}),
    Row("learning:teach-lesson", "GET", "out_lesson_of", "200 200 404 404 login 200"),
    Row("learning:teach-lesson-remove", "POST", "draft_lesson_of", "302 302 404 404 login 302", {"version": 4}),
    Row("learning:teach-people", "GET", "out_course", "200 200 404 404 login 200"),
    Row("learning:teach-people", "GET", "draft_course", "200 200 404 404 login 200"),
    Row(
        "learning:teach-teacher-add",
        "POST",
        "draft_course",
        "302 404 404 404 login 302",
        {"version": 4, "username": "member"},
    ),
    Row("learning:teach-teacher-remove", "POST", "draft_teacher", "302 302 404 404 login 302", {"version": 4}),
    Row("learning:teach-enrolment", "POST", "course_request", "302 404 404 404 login 302"),
    Row("learning:api-courses", "GET", "", "200 200 200 200 200 200"),
    Row("learning:api-courses", "GET", "", "200 200 200 200 401 200", query="?scope=teaching"),
    Row("learning:api-courses", "POST", "", "201 201 201 201 401 201", {"title": "New"}),
    Row("learning:api-course", "GET", "out_course", "200 200 200 200 200 200"),
    Row("learning:api-course", "GET", "draft_course", "200 200 404 404 404 200"),
    Row("learning:api-course", "PATCH", "out_course", "200 200 403 403 401 200", {"version": 4, "title": "T"}),
    Row("learning:api-course", "PATCH", "draft_course", "200 200 404 404 401 200", {"version": 4, "title": "T"}),
    Row("learning:api-course", "DELETE", "draft_course", "204 403 404 404 401 204"),
    Row("learning:api-course", "DELETE", "out_course", "409 403 403 403 401 409"),
    Row("learning:api-course-publish", "POST", "draft_course", "200 200 404 404 401 200", {"version": 4}),
    Row("learning:api-course-publish", "POST", "out_course", "200 200 403 403 401 200", {"version": 4}),
    Row("learning:api-course-archive", "POST", "out_course", "200 200 403 403 401 200", {"version": 4}),
    Row("learning:api-course-archive", "POST", "draft_course", "409 409 404 404 401 409", {"version": 4}),
    Row("learning:api-reviews", "GET", "out_course", "200 200 200 200 200 200"),
    Row("learning:api-reviews", "GET", "draft_course", "200 200 404 404 404 200"),
    Row("learning:api-reviews", "POST", "out_course", "403 403 200 403 401 403", {"stars": 4}),
    Row("learning:api-reviews", "POST", "draft_course", "403 403 404 404 401 403", {"stars": 4}),
    Row("learning:api-review", "DELETE", "out_review_of", "403 403 204 403 401 204"),
    Row("learning:api-sections", "GET", "out_course", "200 200 200 200 200 200"),
    Row("learning:api-sections", "GET", "draft_course", "200 200 404 404 404 200"),
    Row("learning:api-sections", "POST", "out_course", "201 201 403 403 401 201", {"version": 4, "title": "S"}),
    Row("learning:api-sections", "POST", "draft_course", "201 201 404 404 401 201", {"version": 4, "title": "S"}),
    Row("learning:api-section", "PATCH", "draft_section", "200 200 404 404 401 200", {"version": 4, "title": "S"}),
    Row("learning:api-section", "PATCH", "out_section", "200 200 403 403 401 200", {"version": 4, "title": "S"}),
    Row("learning:api-section", "DELETE", "draft_section", "200 200 404 404 401 200", {"version": 4}),
    Row("learning:api-lessons", "POST", "draft_course", "400 400 404 404 401 400", {"version": 4}),
    Row("learning:api-lessons", "POST", "out_course", "400 400 403 403 401 400", {"version": 4}),
    Row("learning:api-lesson", "GET", "draft_lesson_of", "200 200 404 404 404 200"),
    Row("learning:api-lesson", "GET", "out_lesson_of", "200 200 403 403 401 200"),
    Row("learning:api-lesson", "PATCH", "draft_lesson_of", "200 200 404 404 401 200", {"version": 4, "title": "L"}),
    Row("learning:api-lesson", "PATCH", "out_lesson_of", "200 200 403 403 401 200", {"version": 4, "title": "L"}),
    Row("learning:api-lesson", "DELETE", "draft_lesson_of", "200 200 404 404 401 200", {"version": 4}),
    Row("learning:api-course-order", "PUT", "draft_course", "409 409 404 404 401 409", {"version": 4, "order": []}),
    Row("learning:api-course-order", "PUT", "out_course", "409 409 403 403 401 409", {"version": 4, "order": []}),
    Row("learning:api-teachers", "GET", "out_course", "200 200 200 200 200 200"),
    Row("learning:api-teachers", "GET", "draft_course", "200 200 404 404 404 200"),
    Row(
        "learning:api-teachers", "POST", "draft_course", "201 403 404 404 401 201", {"version": 4, "username": "member"}
    ),
    Row("learning:api-teachers", "POST", "out_course", "201 403 403 403 401 201", {"version": 4, "username": "member"}),
    Row("learning:api-teacher", "DELETE", "draft_teacher", "200 200 404 404 401 200", {"version": 4}),
    Row("learning:api-teacher", "DELETE", "out_teacher", "200 200 403 403 401 200", {"version": 4}),
)


def prepare(world: World) -> None:
    """Make a published course with a lesson, a review and a request, and a draft with a lesson."""
    owner, enrolled, collaborator = world.owner, world.people["enrolled"], world.people["collaborator"]
    for name, published in (("out", True), ("draft", False)):
        course = make_course(owner, f"Course {name}", published=published)
        section = make_section(course)
        lesson = make_lesson(section, text="Short.")
        with building.editing(course.uuid, owner, version(course), What.TEACHERS) as edited:
            building.add_teacher(edited, collaborator, by=owner)
            covers.set_cover(edited, picture())
        uuid = {"uuid": course.uuid}
        world.things[f"{name}_course"] = course
        world.subjects |= {
            f"{name}_course": uuid,
            f"{name}_slug": {"slug": course.slug},
            f"{name}_section": uuid | {"section": section.uuid},
            f"{name}_lesson_of": uuid | {"lesson": lesson.uuid},
            f"{name}_teacher": uuid | {"username": collaborator.username},
        }
    out = world.things["out_course"]
    enrolling.enrol(enrolled, out)
    review, _is_new = reviews.write(enrolled, out, 5)
    waiting = enrolling.enrol(make_user("asking"), make_course(owner, "With a price", price_minor=900))
    world.subjects |= {
        "out_review": {"slug": out.slug, "review": review.uuid},
        "out_review_of": {"uuid": out.uuid, "review": review.uuid},
        "course_request": {"uuid": waiting.course.uuid, "enrolment": waiting.uuid, "answer": "grant"},
    }


def picture() -> str:
    """Lay a picture where those of courses lie, and return its name."""
    path = Path(settings.MEDIA_ROOT) / "courses" / "cover.webp"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"picture")
    return "courses/cover.webp"


def version(course: Course) -> int:
    """Return the version that the course has now."""
    return Course.objects.values_list("version", flat=True).get(pk=course.pk)
