"""Courses are built by the API."""

import pytest

from library.learning.models import Course, Lesson, Section
from tests.factories import api_client, make_course, make_item, make_lesson, make_section, make_staff, make_user

pytestmark = pytest.mark.django_db

COURSES = "/api/learning/courses"


def test_a_course_is_built_published_archived_and_stays():
    ana = make_user()
    api = api_client(ana)
    video = make_item(ana, file=b"video")

    course = api.post(COURSES, {"title": "Reading the sea", "price": "29.50"}, format="json").json()
    base = f"{COURSES}/{course['uuid']}"
    section = api.post(
        f"{base}/sections", {"title": "Shore", "opens_after_days": 7, "version": 1}, format="json"
    ).json()
    lesson = {"section": section["uuid"], "kind": "video", "title": "Ebb", "video": str(video.uuid), "version": 2}
    added = api.post(f"{base}/lessons", lesson, format="json")
    early = api.post(f"{base}/publish", {"version": 3}, format="json")
    changed = api.patch(base, {"description": "*Tides*", "outcomes": ["See"], "version": 3}, format="json")
    published = api.post(f"{base}/publish", {"version": 4}, format="json")
    kept = api.delete(base)
    archived = api.post(f"{base}/archive", {"version": 5}, format="json")

    assert (course["status"], course["price"], course["version"]) == ("draft", "29.50", 1)
    assert added.status_code == 201
    assert (early.status_code, early.json()["code"], early.json()["missing"]) == (
        409,
        "not_ready",
        ["description", "outcomes"],
    )
    assert changed.json()["description_html"].strip() == "<p><em>Tides</em></p>"
    assert changed.json()["sections"][0]["lessons"][0]["duration_seconds"] == 60
    assert (published.json(), archived.json()) == ({"version": 5}, {"version": 6})
    assert (kept.status_code, kept.json()["code"]) == (409, "course_in_use")
    assert Course.objects.get().status == "archived"


def test_an_old_version_is_refused_with_what_was_changed_since():
    course = make_course()
    api, address = api_client(course.owner), f"{COURSES}/{course.uuid}"

    api.patch(address, {"title": "First", "version": 1}, format="json")
    stale = api.patch(address, {"title": "Second", "version": 1}, format="json")
    future = api.patch(address, {"title": "Second", "version": 99}, format="json")

    assert (stale.status_code, stale.json()["code"], stale.json()["version"]) == (409, "stale_version", 2)
    assert stale.json()["changes"][0]["by"] == course.owner.display_name
    assert future.json()["code"] == "stale_version"
    assert Course.objects.get().title == "First"


def test_lessons_are_changed_ordered_and_taken_out():
    course = make_course()
    shore, sea = make_section(course, "Shore"), make_section(course, "Sea")
    one, two = make_lesson(shore, title="One"), make_lesson(shore, title="Two")
    api, base = api_client(course.owner), f"{COURSES}/{course.uuid}"

    lesson = api.patch(f"{base}/lessons/{one.uuid}", {"text": "New", "version": 5}, format="json").json()
    order = [
        {"section": str(sea.uuid), "lessons": [str(two.uuid)]},
        {"section": str(shore.uuid), "lessons": [str(one.uuid)]},
    ]
    ordered = api.put(f"{base}/order", {"order": order, "version": 6}, format="json")
    stale = api.put(f"{base}/order", {"order": order[:1], "version": 7}, format="json")
    renamed = api.patch(f"{base}/sections/{sea.uuid}", {"title": "Open sea", "version": 7}, format="json")
    removed = api.delete(f"{base}/lessons/{one.uuid}?version=8")
    gone = api.delete(f"{base}/sections/{sea.uuid}", {"version": 9}, format="json")

    assert (lesson["text"], lesson["version"]) == ("New", 6)
    assert ordered.status_code == 200
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_list")
    assert renamed.json()["title"] == "Open sea"
    assert (removed.status_code, gone.status_code) == (200, 200)
    assert not Lesson.objects.filter(deleted_at=None).exists()
    assert list(Section.objects.filter(deleted_at=None)) == [shore]
    assert api.get(f"{base}/lessons/{one.uuid}").status_code == 404


def test_prerequisites_must_exist_be_visible_and_form_no_circle():
    course, before, hidden = make_course(), make_course(), make_course(published=False)
    course.prerequisites.set([before])
    told = {"prerequisites": [str(course.uuid)], "version": 1}

    circle = api_client(before.owner).patch(f"{COURSES}/{before.uuid}", told, format="json")
    unknown = api_client(before.owner).patch(
        f"{COURSES}/{before.uuid}", told | {"prerequisites": [str(hidden.uuid)]}, format="json"
    )

    assert (circle.status_code, circle.json()["code"]) == (422, "prerequisite_cycle")
    assert (unknown.status_code, unknown.json()["code"]) == (400, "not_found")


def test_a_foreign_private_or_deleted_video_is_not_taken():
    course = make_course()
    section = make_section(course)
    private = make_item(file=b"video", visibility="private")
    told = {"section": str(section.uuid), "kind": "video", "title": "T", "video": str(private.uuid), "version": 2}

    refused = api_client(course.owner).post(f"{COURSES}/{course.uuid}/lessons", told, format="json")

    assert (refused.status_code, refused.json()["code"]) == (400, "not_your_video")


def test_teachers_build_but_only_the_owner_says_who():
    lesson = make_lesson()
    course, bea = lesson.section.course, make_user("bea")
    base = f"{COURSES}/{course.uuid}"

    api_client(course.owner).post(f"{base}/teachers", {"username": "bea", "version": 3}, format="json")
    built = api_client(bea).patch(f"{base}/lessons/{lesson.uuid}", {"title": "By Bea", "version": 4}, format="json")
    refused = api_client(bea).post(f"{base}/teachers", {"username": "bea", "version": 5}, format="json")
    unknown = api_client(course.owner).post(f"{base}/teachers", {"username": "nobody", "version": 5}, format="json")
    left = api_client(bea).delete(f"{base}/teachers/bea?version=5")

    assert built.json()["title"] == "By Bea"
    assert (refused.status_code, unknown.status_code, left.status_code) == (403, 400, 200)
    assert api_client(bea).get(f"{base}/lessons/{lesson.uuid}").status_code == 403


@pytest.mark.parametrize("published", [True, False])
def test_strangers_may_read_what_is_published_and_change_nothing(published):
    lesson = make_lesson(make_section(make_course(published=published)))
    course = lesson.section.course
    base = f"{COURSES}/{course.uuid}"
    writes = [
        ("patch", base),
        ("delete", base),
        ("post", f"{base}/publish"),
        ("post", f"{base}/sections"),
        ("post", f"{base}/lessons"),
        ("patch", f"{base}/lessons/{lesson.uuid}"),
        ("put", f"{base}/order"),
        ("post", f"{base}/teachers"),
    ]

    stranger, nobody = api_client(make_user()), api_client()

    assert stranger.get(base).status_code == nobody.get(base).status_code == (200 if published else 404)
    assert {getattr(stranger, method)(url, {}, format="json").status_code for method, url in writes} == {
        403 if published else 404
    }
    assert {getattr(nobody, method)(url, {}, format="json").status_code for method, url in writes} == {401}
    assert api_client(make_staff()).get(base).status_code == 200
