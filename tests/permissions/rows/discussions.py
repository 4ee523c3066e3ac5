"""Discussions of a course: `owner` teaches it, and asked what `enrolled` answered."""

from tests.factories import make_answer, make_course, make_enrolment, make_thread
from tests.permissions.table import Row
from tests.permissions.world import World

ROWS = (
    Row("discussions:all", "GET", "discussions", "200 403 200 403 login 200"),
    Row("discussions:ask", "GET", "discussions", "200 403 200 403 login 200"),
    Row("discussions:ask", "POST", "discussions", "302 403 302 403 login 302", {"title": "Why?", "text": "So why?"}),
    Row("discussions:thread", "GET", "discussion", "200 404 200 404 login 200"),
    Row("discussions:thread", "POST", "discussion", "302 404 302 404 login 302", {"text": "Therefore."}),
    Row("discussions:edit", "GET", "answer", "404 404 200 404 login 404"),
    Row("discussions:edit", "POST", "answer", "404 404 302 404 login 404", {"text": "Better said."}),
    Row("discussions:delete", "POST", "answer", "302 404 302 404 login 302"),
    Row("discussions:accept", "POST", "answer", "302 404 404 404 login 302", {"on": "1"}),
    Row("moderation:report-post", "GET", "answer", "200 404 404 404 login 200"),
    Row("moderation:report-post", "POST", "answer", "302 404 404 404 login 302", {"reason": "spam"}),
    Row("discussions:api-threads", "GET", "api_discussions", "200 403 200 403 401 200"),
    Row(
        "discussions:api-threads",
        "POST",
        "api_discussions",
        "201 403 201 403 401 201",
        {"title": "Why?", "text": "So why?"},
    ),
    Row("discussions:api-thread", "GET", "api_discussion", "200 403 200 403 401 200"),
    Row("discussions:api-posts", "GET", "api_discussion", "200 403 200 403 401 200"),
    Row("discussions:api-posts", "POST", "api_discussion", "201 403 201 403 401 201", {"text": "Therefore."}),
    Row("discussions:api-post", "PATCH", "api_answer", "403 403 200 403 401 403", {"text": "Better said."}),
    Row("discussions:api-post", "DELETE", "api_answer", "204 403 204 403 401 204"),
    Row("discussions:api-accepted", "PUT", "api_discussion", "200 403 403 403 401 200", {"post": None}),
    Row("moderation:api-report-post", "POST", "api_answer", "201 404 404 404 401 201", {"reason": "spam"}),
)


def prepare(world: World) -> None:
    """Make the course with its discussion."""
    course = make_course(world.owner, "Talked about")
    make_enrolment(course, world.people["enrolled"])
    thread = make_thread(course, world.owner)
    answer = make_answer(thread, world.people["enrolled"])
    world.things["answer"] = answer
    world.subjects |= {
        "discussions": {"slug": course.slug},
        "discussion": {"slug": course.slug, "uuid": thread.uuid},
        "answer": {"slug": course.slug, "uuid": thread.uuid, "post": answer.uuid},
        "api_discussions": {"course": course.uuid},
        "api_discussion": {"course": course.uuid, "thread": thread.uuid},
        "api_answer": {"course": course.uuid, "thread": thread.uuid, "post": answer.uuid},
    }
