"""The pages on which a course is built, as plain forms and as the page's script sends them."""

import io
import json
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from library.learning.models import Course, Lesson, Section
from library.people import settings
from tests.factories import api_client, make_course, make_item, make_lesson, make_section, make_user

pytestmark = pytest.mark.django_db


def logged_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def send(client: Client, name: str, *args: Any, script: bool = False, **data: Any):
    headers = {"Accept": "application/json"} if script else {}
    return client.post(reverse(f"learning:{name}", args=args), data, headers=headers)


def version(course: Course) -> int:
    return Course.objects.get(pk=course.pk).version


def test_a_course_is_built_from_nothing_and_published():
    ana = make_user("ana")
    client = logged_in(ana)
    video = make_item(ana, file=b"video")

    send(client, "teach-new", title="Reading the sea", category="nature", level="beginner")
    course = Course.objects.get()
    send(client, "teach-section-add", course.uuid, title="At the shore", version=1)
    section = Section.objects.get()
    send(client, "teach-lesson-add", course.uuid, section.uuid, title="Ebb", kind="video", version=2)
    send(client, "teach-lesson-add", course.uuid, section.uuid, title="Flood", kind="text", version=3)
    ebb, flood = Lesson.objects.order_by("id")
    send(client, "teach-lesson", course.uuid, ebb.uuid, title="Ebb", video=video.uuid, text="", version=4)
    send(client, "teach-lesson", course.uuid, flood.uuid, title="Flood", text="It **rises**.", version=5)
    refused = client.post(reverse("learning:teach-publish", args=[course.uuid]), {"version": 6}, follow=True)
    details = {
        "title": "Reading the sea",
        "category": "nature",
        "level": "beginner",
        "price": "29.50",
        "currency": "EUR",
    }
    send(client, "teach-details", course.uuid, description="Tides", outcomes="See\n\nHear", version=6, **details)
    published = client.post(reverse("learning:teach-publish", args=[course.uuid]), {"version": 7}, follow=True)

    course.refresh_from_db()
    assert "not ready" in refused.content.decode()
    assert "is published" in published.content.decode()
    assert (course.status, course.price_minor, course.outcomes) == ("published", 2950, ["See", "Hear"])
    ebb.refresh_from_db()
    assert (ebb.video, ebb.item.duration_ms) == (video, 60_000)
    page = Client().get(reverse("learning:course", args=[course.slug])).content.decode()
    assert "€ 29.50" in page
    assert "Flood" in page


def test_the_script_saves_and_is_told_what_another_changed_meanwhile():
    lesson = make_lesson(text="Old")
    course = lesson.section.course
    client, seen = logged_in(course.owner), version(course)

    saved = send(
        client, "teach-lesson", course.uuid, lesson.uuid, script=True, title="Ebb", text="Theirs", version=seen
    )
    stale = send(client, "teach-lesson", course.uuid, lesson.uuid, script=True, title="Ebb", text="Mine", version=seen)
    again = send(
        client, "teach-lesson", course.uuid, lesson.uuid, script=True, title="Ebb", text="Mine", version=seen + 1
    )

    assert (saved.status_code, saved.json()["version"]) == (200, seen + 1)
    assert stale.status_code == 409
    told = stale.json()
    assert (told["code"], told["version"], told["now"]["text"]) == ("stale_version", seen + 1, "Theirs")
    assert told["changes"][0]["what"] == "changed the lesson Ebb and flood"
    assert again.status_code == 200
    assert Lesson.objects.get().text == "Mine"


def test_a_plain_form_that_is_stale_keeps_what_was_typed_and_shows_both():
    lesson = make_lesson(text="Theirs, saved before")
    course = lesson.section.course

    answer = send(logged_in(course.owner), "teach-lesson", course.uuid, lesson.uuid, title="T", text="Mine", version=1)

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Theirs, saved before" in page
    assert "Mine</textarea>" in page
    assert f'name="version" value="{version(course)}"' in page


def test_lessons_are_dragged_into_another_section_and_moved_by_a_button():
    course = make_course()
    shore, sea = make_section(course, "Shore"), make_section(course, "Sea")
    one, two = make_lesson(shore, title="One"), make_lesson(shore, title="Two")
    client = logged_in(course.owner)

    order = json.dumps([[str(sea.uuid), [str(two.uuid)]], [str(shore.uuid), [str(one.uuid)]]])
    dragged = send(client, "teach-order", course.uuid, script=True, order=order, version=version(course))
    stale = send(client, "teach-order", course.uuid, script=True, order="[]", version=version(course))
    nonsense = send(client, "teach-order", course.uuid, script=True, order='{"a": 1}', version=version(course))
    send(client, "teach-move", course.uuid, moved=one.uuid, to="up", version=version(course))

    assert dragged.status_code == 200
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_list")
    assert nonsense.status_code == 400
    assert list(Section.objects.order_by("position")) == [sea, shore]
    assert list(Lesson.objects.filter(section=sea)) == [two, one]


def test_a_preview_of_markdown_runs_nothing():
    client = logged_in(make_user())

    told = client.post(
        reverse("learning:teach-preview"),
        {"text": "**Bold** <script>alert(1)</script> ![x](https://spy.example/p.png) [y](javascript:alert(1))"},
    ).json()

    assert "<strong>Bold</strong>" in told["html"]
    assert "<script" not in told["html"]
    assert "spy.example" not in told["html"]
    assert 'href="javascript' not in told["html"]


def test_strangers_find_no_editor_and_a_teacher_without_ownership_cannot_invite_or_delete():
    lesson = make_lesson()
    course, stranger, bea = lesson.section.course, make_user(), make_user("bea")
    course.teachers.create(user=bea)
    pages = [
        reverse("learning:teach-course", args=[course.uuid]),
        reverse("learning:teach-lesson", args=[course.uuid, lesson.uuid]),
        reverse("learning:teach-details", args=[course.uuid]),
        reverse("learning:teach-people", args=[course.uuid]),
    ]

    assert [logged_in(stranger).get(page).status_code for page in pages] == [404] * 4
    assert [logged_in(bea).get(page).status_code for page in pages] == [200] * 4
    assert logged_in(bea).get(reverse("learning:teach-delete", args=[course.uuid])).status_code == 404
    assert send(logged_in(bea), "teach-teacher-add", course.uuid, username="bea", version=9).status_code == 404


def test_a_course_with_learners_is_archived_not_deleted(django_user_model):
    course = make_course(published=False)
    client = logged_in(course.owner)
    course.enrolments.create(user=make_user(), state="requested")

    client.post(reverse("learning:teach-delete", args=[course.uuid]))
    assert Course.objects.filter(pk=course.pk).exists()

    course.enrolments.all().delete()
    client.post(reverse("learning:teach-delete", args=[course.uuid]))
    assert not Course.objects.filter(pk=course.pk).exists()


def test_the_outline_takes_a_bounded_number_of_queries(django_assert_max_num_queries):
    course = make_course()
    for _ in range(3):
        section = make_section(course)
        for kind in ("text", "video", "quiz"):
            make_lesson(section, kind)
    client, address = logged_in(course.owner), reverse("learning:teach-course", args=[course.uuid])
    client.get(address)

    with django_assert_max_num_queries(9):
        page = client.get(address).content.decode()

    assert page.count("The quiz has no questions.") == 3


def test_a_picture_is_taken_from_an_image_and_from_nothing_else(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    course = make_course()
    client, address = logged_in(course.owner), reverse("learning:teach-cover", args=[course.uuid])
    picture = io.BytesIO()
    Image.new("RGB", (640, 360), "teal").save(picture, "PNG")

    def send_file(name: str, content: bytes, **data: Any) -> str:
        file = SimpleUploadedFile(name, content)
        return client.post(address, {"picture": file, "version": version(course), **data}, follow=True).content.decode()

    send_file("sea.png", picture.getvalue())
    served = Client().get(reverse("learning:cover", args=[course.slug]))
    refused = send_file("sea.png", b"<svg onload=alert(1)>")
    nothing = client.post(address, {"version": version(course)}, follow=True).content.decode()

    assert (served.status_code, served["Content-Type"]) == (200, "image/webp")
    assert "This is not a video, sound or picture that we can read." in refused
    assert "Choose a picture first." in nothing
    course.refresh_from_db()
    assert course.cover
    assert not list((tmp_path / "incoming").iterdir())
    client.post(address, {"remove": "1", "version": version(course)})
    course.refresh_from_db()
    assert not course.cover


def test_only_who_takes_invitations_and_may_be_seen_is_made_a_teacher():
    ana, hidden, closed = make_user(), make_user("hidden"), make_user("closed")
    settings.change(hidden, {"privacy.profile": "nobody"})
    settings.change(closed, {"privacy.invitations": "nobody"})
    course, api = make_course(ana), api_client(ana)

    by_page, by_program = [], []
    for name in ("hidden", "nobody-at-all", "closed"):
        answer = send(logged_in(ana), "teach-teacher-add", course.uuid, username=name, version=1)
        by_page.append([str(message) for message in get_messages(answer.wsgi_request)])
        told = {"username": name, "version": 1}
        by_program.append(api.post(f"/api/learning/courses/{course.uuid}/teachers", told, format="json").json())

    assert by_page[0] == by_page[1] != by_page[2]
    assert by_program[0]["errors"] == by_program[1]["errors"]
    assert by_program[2]["code"] == "not_invitable"
    assert not course.teachers.exists()


def test_an_order_that_is_nested_too_deeply_is_no_order():
    course = make_course()

    answer = send(
        logged_in(course.owner), "teach-order", course.uuid, script=True, order="[" * 90_000, version=version(course)
    )

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "invalid_order")


def test_a_section_opens_within_reach():
    course = make_course()
    section = make_section(course)
    client, far = logged_in(course.owner), "9999-12-31T23:59"

    by_page = send(
        client,
        "teach-section",
        course.uuid,
        section.uuid,
        script=True,
        title="Far",
        opens_at=far,
        version=version(course),
    )
    by_program = api_client(course.owner).patch(
        f"/api/learning/courses/{course.uuid}/sections/{section.uuid}",
        {"opens_at": f"{far}:59Z", "version": version(course)},
        format="json",
    )

    assert [answer.json()["errors"][0]["code"] for answer in (by_page, by_program)] == ["value_out_of_range"] * 2
    assert Section.objects.get().opens_at is None
