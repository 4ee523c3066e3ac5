"""Taking a course: who may, what completes a lesson and what does not, and what follows."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from library.learning import enrolling, facts, progress, publishing, reading
from library.learning.building import editing
from library.learning.models import (
    Certificate,
    Course,
    Enrolment,
    EnrolmentState,
    LessonDone,
    LessonOpened,
    Reading,
    Status,
)
from library.people.models import Notification
from stats import ledger, verify
from stats.actors import user_actor
from stats.ids import uuid7
from stats.kinds import Kind
from stats.models import Action, Item, Play
from tests.factories import (
    api_client,
    make_course,
    make_enrolment,
    make_item,
    make_lesson,
    make_section,
    make_staff,
    make_user,
)

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
LONG_TEXT = "The sea comes and goes twice a day. " * 60  # 480 words: 125 s


def open_lesson(user, lesson, *, ago=10 * MINUTE):
    LessonOpened.objects.create(user=user, lesson=lesson, opened_at=timezone.now() - ago)


def watch(user, lesson, *ranges, played, ago=5 * MINUTE):
    """Report one play of the lesson's film of a minute: seconds of it that were covered, and seconds played."""
    with ledger.recording():
        ledger.record(
            Kind.PLAY,
            user_actor(user.uuid),
            item=Item.objects.get(pk=lesson.item_id),
            occurred_at=timezone.now() - ago,
            play_id=str(uuid7()),
            duration_seconds=played,
            ranges=list(ranges),
        )


def read(user, lesson, *, beats, reached, start=None, every=10):
    """Report reading every 10 s; the clock is the test's."""
    at, sitting = start or timezone.now() - MINUTE * 30, None
    lesson.item.refresh_from_db()
    for _ in range(beats):
        found, fact = reading.beat(user, lesson, sitting, reached, now=at)
        sitting, at = found.uuid, at + timedelta(seconds=every)
    return found, fact


def complete(user, lesson):
    return api_client(user).post(f"/api/lessons/{lesson.uuid}/complete")


def events(kind, user):
    return Action.objects.filter(kind=kind, actor=user.uuid).count()


def assert_sound():
    assert [str(one) for one in verify.differences()] == []


# What completes a film


def test_seeking_to_the_end_completes_nothing():
    lesson = make_lesson(kind="video")
    ana = make_enrolment(lesson.section.course)
    open_lesson(ana, lesson)

    watch(ana, lesson, (0, 2), (57, 60), played=5)
    answer = complete(ana, lesson)

    assert answer.status_code == 409
    assert answer.json()["code"] == "not_completed"
    assert (answer.json()["percent"], answer.json()["needed_percent"]) == (8, 85)
    assert "watched" in answer.json()["detail"]
    assert not LessonDone.objects.exists()


@pytest.mark.parametrize(
    ("ranges", "played", "opened_ago"),
    [
        ([(0, 60)], 5, 10 * MINUTE),  # covers more than can be played in five seconds
        ([(0, 60)], 60, 3 * 1000 * facts.MILLISECOND),  # was handed out three seconds ago
        ([(0, 20), (0, 20), (0, 20)], 60, 10 * MINUTE),  # the beginning three times
    ],
)
def test_what_cannot_have_been_watched_completes_nothing(ranges, played, opened_ago):
    lesson = make_lesson(kind="video")
    ana = make_enrolment(lesson.section.course)
    open_lesson(ana, lesson, ago=opened_ago)

    watch(ana, lesson, *ranges, played=played)

    assert complete(ana, lesson).status_code == 409


def test_plays_that_claim_all_without_time_do_not_add_up():
    lesson = make_lesson(kind="video")
    ana = make_enrolment(lesson.section.course)
    open_lesson(ana, lesson)

    for second in range(0, 60, 2):
        watch(ana, lesson, (second, second + 2), played=0)

    assert complete(ana, lesson).status_code == 409


def test_a_film_watched_in_two_sittings_completes_the_lesson_once_and_the_course_with_it():
    lesson = make_lesson(make_section(make_course(title="Reading the sea")), "video")
    ana = make_enrolment(lesson.section.course, make_user(first_name="Ana", last_name="Lund"))
    open_lesson(ana, lesson)

    watch(ana, lesson, (0, 30), played=30, ago=9 * MINUTE)
    assert complete(ana, lesson).json()["percent"] == 50
    watch(ana, lesson, (25, 55), played=30, ago=4 * MINUTE)
    first, again = complete(ana, lesson), complete(ana, lesson)

    assert (first.status_code, again.status_code) == (200, 200)
    assert (first.json()["is_new"], again.json()["is_new"]) == (True, False)
    assert first.json()["completed_at"] == again.json()["completed_at"]
    assert first.json()["progress"] == {"done": 1, "total": 1, "percent": 100, "next_lesson": None}
    assert {one["rule"]: one["amount"] for one in first.json()["awards"]} == {"lesson": 50, "course": 500}
    assert (first.json()["xp_awarded"], first.json()["level"], first.json()["level_up"]) == (550, 2, True)
    assert (again.json()["xp_awarded"], again.json()["awards"], again.json()["level"]) == (0, [], 2)
    assert not again.json()["level_up"]
    certificate = Certificate.objects.get()
    assert first.json()["certificate"] == str(certificate.uuid)
    assert (certificate.name, certificate.title) == ("Ana Lund", "Reading the sea")
    assert events("lesson_completed", ana) == events("course_completed", ana) == 1
    assert [told.says for told in Notification.objects.filter(recipient=ana)].count(
        "You completed “Reading the sea”"
    ) == 1
    assert_sound()


def test_a_film_of_another_length_says_nothing_about_the_one_that_took_its_place():
    lesson = make_lesson(kind="video")
    course = lesson.section.course
    ana = make_enrolment(course)
    open_lesson(ana, lesson)
    watch(ana, lesson, (0, 60), played=60)

    Item.objects.filter(pk=lesson.item_id).update(duration_ms=65_000)

    assert complete(ana, lesson).json()["percent"] == 0


def test_the_lesson_page_completes_what_was_watched(client):
    lesson = make_lesson(kind="video")
    ana = make_enrolment(lesson.section.course)
    open_lesson(ana, lesson)
    watch(ana, lesson, (0, 60), played=60)
    client.force_login(ana)

    page = client.get(f"/courses/{lesson.section.course.slug}/lessons/{lesson.uuid}/")

    assert "You completed this course." in page.content.decode()
    assert LessonDone.objects.filter(user=ana, lesson=lesson).exists()


def test_the_scheduler_completes_what_no_page_noticed():
    section = make_section()
    film, text, far = make_lesson(section, "video"), make_lesson(section, text=LONG_TEXT), make_lesson(section, "video")
    ana = make_enrolment(section.course)
    for lesson in (film, far):
        open_lesson(ana, lesson)
    watch(ana, film, (0, 60), played=60)
    watch(ana, far, (0, 10), played=60)

    assert progress.sweep() == 1
    assert progress.sweep() == 0

    assert progress.of(ana, section.course).done == {film.pk}
    assert progress.of(ana, section.course).next_lesson == text


# What completes a text


def test_a_text_is_complete_when_it_was_read_far_and_long_enough():
    lesson = make_lesson(text=LONG_TEXT)
    ana = make_enrolment(lesson.section.course)

    _, early = read(ana, lesson, beats=4, reached=1000)
    assert (early.percent, early.is_completed) == (47, False)
    _, fact = read(ana, lesson, beats=5, reached=1000, start=timezone.now() - 20 * MINUTE)

    assert fact.is_enough
    assert LessonDone.objects.filter(user=ana, lesson=lesson).count() == 1
    play = Play.objects.get(actor=ana.uuid)
    assert (play.item_type, play.played_ms, play.media_ms) == ("lesson", 70_000, 125_217)
    assert_sound()


def test_time_on_the_first_screen_alone_reads_nothing_more():
    lesson = make_lesson(text=LONG_TEXT)
    ana = make_enrolment(lesson.section.course)

    _, fact = read(ana, lesson, beats=20, reached=200)

    assert (fact.percent, fact.is_completed) == (20, False)


def test_the_time_away_and_the_second_page_do_not_count():
    lesson = make_lesson(text=LONG_TEXT)
    ana = make_enrolment(lesson.section.course)
    start = timezone.now() - timedelta(hours=2)
    lesson.item.refresh_from_db()

    one, _ = reading.beat(ana, lesson, None, 0, now=start)
    one, _ = reading.beat(ana, lesson, one.uuid, 0, now=start + timedelta(hours=1))
    assert one.read_ms == 20_000
    other_lesson = make_lesson(lesson.section, text=LONG_TEXT)
    other, _ = reading.beat(ana, other_lesson, None, 0, now=start + timedelta(hours=1, seconds=5))
    other, _ = reading.beat(ana, other_lesson, other.uuid, 0, now=start + timedelta(hours=1, seconds=10))
    one, _ = reading.beat(ana, lesson, one.uuid, 0, now=start + timedelta(hours=1, seconds=12))

    assert (one.read_ms, other.read_ms) == (22_000, 5_000)


def test_a_sitting_goes_on_when_the_page_is_loaded_again_and_is_one_play():
    lesson = make_lesson(text=LONG_TEXT)
    ana = make_enrolment(lesson.section.course)

    read(ana, lesson, beats=3, reached=100)
    read(ana, lesson, beats=3, reached=100, start=timezone.now() - MINUTE)

    assert Reading.objects.get().read_ms == 40_000
    assert Play.objects.count() == 1


def test_reading_is_measured_without_statistics_for_who_wants_none(client):
    lesson = make_lesson(text="Short.")
    ana = make_enrolment(lesson.section.course, make_user(opted_out=True))
    client.force_login(ana)
    address = f"/courses/{lesson.section.course.slug}/lessons/{lesson.uuid}/reading/"

    answer = client.post(address, {"reached": 1000})
    Reading.objects.update(seen_at=timezone.now() - timedelta(seconds=15))
    client.post(address, {"reached": 1000, "sitting": answer["X-Sitting"]})

    assert LessonDone.objects.filter(user=ana).exists()
    assert not Play.objects.exists()


def test_a_film_is_measured_without_statistics_for_who_wants_none(client):
    lesson = make_lesson(kind="video")
    course = lesson.section.course
    ana = make_enrolment(course, make_user(opted_out=True))
    client.force_login(ana)
    base = f"/courses/{course.slug}/lessons/{lesson.uuid}/"
    open_lesson(ana, lesson)

    answer = client.post(f"{base}watching/", {"ranges": "[[0, 60]]"})
    assert not LessonDone.objects.exists()
    for _ in range(3):
        Reading.objects.update(seen_at=timezone.now() - timedelta(seconds=15))
        client.post(f"{base}watching/", {"ranges": "[[0, 60]]", "sitting": answer["X-Sitting"]})

    assert LessonDone.objects.filter(user=ana, lesson=lesson).exists()
    assert not Play.objects.exists()
    for told in ("", "x", "{}", "[1]", "[[0]]", '[["a", 2]]', "[[5, 2]]", "[[0, 1e9]]", "[[0, NaN]]"):
        assert client.post(f"{base}watching/", {"ranges": told}).status_code == 400
    client.force_login(make_enrolment(course))
    assert client.post(f"{base}watching/", {"ranges": "[[0, 60]]"}).status_code == 404


def test_reports_of_plays_do_not_complete_a_text():
    lesson = make_lesson(text=LONG_TEXT)
    ana = make_enrolment(lesson.section.course)
    open_lesson(ana, lesson)

    watch(ana, lesson, (0, 125), played=200)

    assert complete(ana, lesson).status_code == 409


@pytest.mark.parametrize(
    "told", [{}, {"reached": -1}, {"reached": 1001}, {"reached": "x"}, {"reached": 1, "sitting": "x"}]
)
def test_a_wrong_report_is_refused(client, told):
    lesson = make_lesson()
    course = lesson.section.course
    ana = make_enrolment(course)
    client.force_login(ana)

    assert client.post(f"/courses/{course.slug}/lessons/{lesson.uuid}/reading/", told).status_code == 400
    assert api_client(ana).post(f"/api/learning/lessons/{lesson.uuid}/reading", told, format="json").status_code == 400
    assert not Reading.objects.exists()


# The course


def test_a_course_is_complete_with_its_last_lesson_and_stays_so():
    section = make_section()
    one, two = make_lesson(section), make_lesson(section)
    course = section.course
    ana = make_enrolment(course)

    with ledger.recording():
        assert progress.completed(ana, one, at=timezone.now())
    assert Enrolment.objects.get(user=ana).completed_at is None
    assert (progress.of(ana, course).percent, progress.of(ana, course).next_lesson) == (50, two)
    with ledger.recording():
        assert progress.completed(ana, two, at=timezone.now())
        assert not progress.completed(ana, two, at=timezone.now())
    make_lesson(section)

    enrolment = Enrolment.objects.get(user=ana)
    assert enrolment.completed_at
    assert progress.of(ana, course).percent == 66
    assert progress.sweep() == 0
    assert events("course_completed", ana) == 1
    assert_sound()


def test_when_the_last_open_lesson_is_taken_out_the_course_is_complete(client):
    section = make_section()
    one, two = make_lesson(section), make_lesson(section)
    ana, ben = make_enrolment(section.course), make_enrolment(section.course)
    for person in (ana, ben):
        with ledger.recording():
            progress.completed(person, one, at=timezone.now())
    course = section.course
    course.refresh_from_db()
    with editing(course.uuid, course.owner, course.version):
        two.deleted_at = timezone.now()
        two.save()

    client.force_login(ana)
    assert "You completed this course." in client.get(f"/courses/{course.slug}/lessons/{one.uuid}/").content.decode()
    assert progress.sweep() == 1

    assert Certificate.objects.count() == 2
    assert events("course_completed", ben) == 1


def test_who_does_not_take_the_course_completes_nothing():
    lesson = make_lesson()

    with ledger.recording():
        assert not progress.completed(make_user(), lesson, at=timezone.now())

    assert not LessonDone.objects.exists()


def test_an_archived_course_goes_on_for_who_is_in_and_takes_nobody_new():
    lesson = make_lesson(text="Short.")
    course = lesson.section.course
    ana, ben = make_enrolment(course), make_user()
    course.refresh_from_db()
    with editing(course.uuid, course.owner, course.version) as edited:
        publishing.archive(edited)

    _, fact = read(ana, lesson, beats=3, reached=1000)

    assert fact.is_enough
    assert Enrolment.objects.get(user=ana).completed_at
    assert (
        api_client(ben).post("/api/learning/enrolments", {"course": str(course.uuid)}, format="json").status_code == 404
    )
    assert type(course).objects.get(pk=course.pk).status == Status.ARCHIVED


# Enrolling


def test_a_free_course_is_taken_at_once_and_again_changes_nothing(client):
    lesson = make_lesson()
    course, ana = lesson.section.course, make_user()
    client.force_login(ana)

    first = client.post(f"/courses/{course.slug}/enrol/")
    client.post(f"/courses/{course.slug}/enrol/")

    assert first["Location"] == f"/courses/{course.slug}/lessons/{lesson.uuid}/"
    assert Enrolment.objects.get(user=ana).state == EnrolmentState.ACTIVE
    assert events("enrolled", ana) == 1


def test_a_course_with_a_price_is_asked_for_granted_and_taken_away():
    lesson = make_lesson(make_section(make_course(price_minor=4900, title="Winter sky")))
    course, ana = lesson.section.course, make_user()

    asked = api_client(ana).post("/api/learning/enrolments", {"course": str(course.uuid)}, format="json")
    assert (asked.status_code, asked.json()["state"], asked.json()["price_minor"]) == (201, "requested", 4900)
    assert complete(ana, lesson).status_code == 404
    assert events("enrolled", ana) == 0
    assert Notification.objects.get(recipient=course.owner).address == f"/teach/courses/{course.uuid}/people/"

    address = f"/api/learning/enrolments/{asked.json()['uuid']}"
    assert api_client(ana).patch(address, {"state": "active"}, format="json").status_code == 403
    granted = api_client(course.owner).patch(address, {"state": "active"}, format="json")
    assert (granted.status_code, granted.json()["state"]) == (200, "active")
    assert complete(ana, lesson).status_code == 409
    api_client(course.owner).patch(address, {"state": "revoked"}, format="json")
    assert complete(ana, lesson).status_code == 404
    api_client(course.owner).patch(address, {"state": "active"}, format="json")

    assert Enrolment.objects.get(user=ana).granted_by == course.owner
    assert events("enrolled", ana) == 1
    assert_sound()


def test_a_free_course_that_was_taken_away_has_to_be_asked_for():
    course = make_course()
    ana = make_enrolment(course)
    enrolling.revoke(Enrolment.objects.get(user=ana), course.owner)

    again = enrolling.enrol(ana, course)
    assert again.state == EnrolmentState.REQUESTED
    enrolling.withdraw(again)

    assert Enrolment.objects.get(user=ana).state == EnrolmentState.REVOKED


def test_a_request_can_be_taken_back(client):
    course, ana = make_course(price_minor=100), make_user()
    client.force_login(ana)
    client.post(f"/courses/{course.slug}/enrol/")

    client.post(f"/courses/{course.slug}/enrol/withdraw/")

    assert not Enrolment.objects.exists()


def test_what_comes_before_has_to_be_completed_first():
    before, course, ana = make_lesson(text="Short."), make_course(title="Planets"), make_user()
    course.prerequisites.add(before.section.course)

    refused = api_client(ana).post("/api/learning/enrolments", {"course": str(course.uuid)}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (403, "prerequisites_missing")
    make_enrolment(before.section.course, ana)
    read(ana, before, beats=3, reached=1000)

    assert (
        api_client(ana).post("/api/learning/enrolments", {"course": str(course.uuid)}, format="json").status_code == 201
    )


def test_who_teaches_a_course_does_not_take_it():
    course = make_course()

    refused = api_client(course.owner).post("/api/learning/enrolments", {"course": str(course.uuid)}, format="json")

    assert refused.json()["code"] == "own_course"


@pytest.mark.parametrize("told", [{}, {"course": "x"}, {"course": str(uuid7())}])
def test_an_unknown_course_is_not_taken(told):
    assert api_client(make_user()).post("/api/learning/enrolments", told, format="json").status_code in {400, 404}


def test_staff_may_take_a_course_that_others_teach_and_complete_it(client):
    lesson, staff = make_lesson(text="Short."), make_staff()
    course = lesson.section.course
    client.force_login(staff)
    assert "Enrol" in client.get(f"/courses/{course.slug}/").content.decode()

    client.post(f"/courses/{course.slug}/enrol/")
    address = f"/courses/{course.slug}/lessons/{lesson.uuid}/reading/"
    answer = client.post(address, {"reached": 1000})
    Reading.objects.update(seen_at=timezone.now() - timedelta(seconds=15))
    client.post(address, {"reached": 1000, "sitting": answer["X-Sitting"]})

    assert Certificate.objects.filter(enrolment__user=staff).exists()


def test_staff_grant_and_take_away_in_the_admin(client):
    course, ana, staff = make_course(price_minor=100), make_user(), make_staff()
    row = enrolling.enrol(ana, course)
    client.force_login(staff)

    client.post("/admin/library/enrolment/", {"action": "grant", "_selected_action": [row.pk]})
    assert Enrolment.objects.get().state == EnrolmentState.ACTIVE
    client.post("/admin/library/enrolment/", {"action": "take_away", "_selected_action": [row.pk]})

    assert Enrolment.objects.get().state == EnrolmentState.REVOKED
    assert client.get(f"/admin/library/enrolment/{row.pk}/change/").status_code == 200


# What is open


def test_a_lesson_that_opens_later_says_when_and_counts_nothing(client):
    section = make_section(opens_after_days=7)
    lesson = make_lesson(section, "video")
    course = section.course
    ana = make_enrolment(course)
    client.force_login(ana)

    page = client.get(f"/courses/{course.slug}/lessons/{lesson.uuid}/")
    refused = complete(ana, lesson)

    assert page.status_code == 403
    assert "This lesson opens on" in page.content.decode()
    assert (refused.status_code, refused.json()["code"], refused.json()["reason"]) == (403, "lesson_locked", "later")
    assert client.get(f"/courses/{course.slug}/lessons/{lesson.uuid}/file/").status_code == 404
    Enrolment.objects.update(enrolled_at=timezone.now() - timedelta(days=8))
    assert client.get(f"/courses/{course.slug}/lessons/{lesson.uuid}/file/").status_code == 200


def test_lessons_in_order_open_one_after_the_other():
    section = make_section(make_course(is_sequential=True))
    one, two = make_lesson(section, text="Short."), make_lesson(section)
    ana = make_enrolment(section.course)

    assert complete(ana, two).json()["reason"] == "order"
    read(ana, one, beats=3, reached=1000)

    assert complete(ana, two).json()["code"] == "not_completed"


def test_the_api_hands_a_lesson_out_with_what_its_plays_are_about():
    lesson = make_lesson(kind="video")
    ana = make_enrolment(lesson.section.course)

    told = api_client(ana).get(f"/api/learning/lessons/{lesson.uuid}").json()

    assert (told["item"], told["duration_seconds"]) == (str(lesson.item.uuid), 60)
    assert told["file_url"].endswith(f"/lessons/{lesson.uuid}/file/")
    assert told["so_far"]["missing"] == "0 % is watched; 85 % completes the lesson."
    assert LessonOpened.objects.filter(user=ana, lesson=lesson).exists()


def test_a_preview_is_for_everybody_and_the_rest_is_not(client):
    section = make_section()
    preview, rest = make_lesson(section, "video", is_preview=True), make_lesson(section, "video")
    base = f"/courses/{section.course.slug}/lessons"

    assert client.get(f"{base}/{preview.uuid}/").status_code == 200
    assert client.get(f"{base}/{preview.uuid}/file/").status_code == 200
    assert client.get(f"{base}/{rest.uuid}/")["Location"] == f"/courses/{section.course.slug}/"
    assert client.get(f"{base}/{rest.uuid}/file/").status_code == 404
    assert api_client().get(f"/api/learning/lessons/{rest.uuid}").status_code == 404
    assert api_client(make_user()).get(f"/api/learning/lessons/{rest.uuid}").status_code == 404


def test_unknown_deleted_foreign_and_draft_lessons_are_one_404(client):
    lesson, gone = make_lesson(), make_lesson()
    draft = make_lesson(make_section(make_course(published=False)))
    type(gone).objects.filter(pk=gone.pk).update(deleted_at=timezone.now())
    client.force_login(make_user())
    other = make_course(title="Another")

    for course, wanted in (
        (other, lesson.uuid),
        (gone.section.course, gone.uuid),
        (draft.section.course, draft.uuid),
        (other, uuid7()),
    ):
        assert client.get(f"/courses/{course.slug}/lessons/{wanted}/").status_code == 404
    for wanted in (gone.uuid, draft.uuid, uuid7()):
        assert complete(make_user(), type("", (), {"uuid": wanted})).status_code == 404


def test_a_lesson_reached_by_its_item_or_its_old_address_leads_to_its_page(client):
    lesson = make_lesson()
    course = lesson.section.course
    ana = make_enrolment(course)
    address = f"/courses/{course.slug}/lessons/{lesson.uuid}/"

    assert client.get(f"/items/{lesson.item.uuid}/").status_code == 404
    client.force_login(ana)

    assert client.get(f"/items/{lesson.item.uuid}/")["Location"] == address
    assert client.get(f"/dashboard{address}")["Location"] == address


def test_a_text_is_shown_without_what_could_harm(client):
    lesson = make_lesson(
        text="# Tide\n<script>alert(1)</script>\n![x](https://evil.example/x.png)\n[y](javascript:alert(1))"
    )
    client.force_login(make_enrolment(lesson.section.course))

    page = client.get(f"/courses/{lesson.section.course.slug}/lessons/{lesson.uuid}/").content.decode()

    assert "<script>alert" not in page
    assert "evil.example" not in page
    assert 'href="javascript:' not in page


# Pages and lists


def test_my_courses_show_what_is_taken_completed_and_asked_for(client, django_assert_max_num_queries):
    ana = make_user()
    done = make_lesson(make_section(make_course(title="Tides")), text="Short.")
    make_enrolment(done.section.course, ana)
    read(ana, done, beats=3, reached=1000)
    for number in range(5):
        make_enrolment(make_lesson(make_section(make_course(title=f"Course {number}"))).section.course, ana)
    enrolling.enrol(ana, make_course(title="Priced", price_minor=100))
    client.force_login(ana)
    client.get("/learning/")

    with django_assert_max_num_queries(12):
        running = client.get("/learning/").content.decode()
    completed = client.get("/learning/?show=completed").content.decode()
    requested = client.get("/learning/?show=requested").content.decode()

    assert "5 courses in progress" in running
    assert "Next: Ebb and flood" in running
    assert "Tides" in completed
    assert str(Certificate.objects.get().uuid) in completed
    assert "Priced" in requested
    assert client.get("/learning/?show=nonsense&page=x").status_code == 200


def test_lists_of_the_api_ask_few_queries_and_refuse_what_they_do_not_know(django_assert_max_num_queries):
    course, ana = make_course(), make_user()
    for _ in range(5):
        make_enrolment(course)
        make_enrolment(make_lesson().section.course, ana)
    mine, learners = api_client(ana), api_client(course.owner)

    with django_assert_max_num_queries(12):
        assert mine.get("/api/learning/enrolments?state=active").json()["count"] == 5
    with django_assert_max_num_queries(12):
        assert learners.get(f"/api/learning/courses/{course.uuid}/enrolments").json()["count"] == 5
    assert mine.get("/api/learning/enrolments?sort=x").json()["code"] == "unknown_parameter"
    assert mine.get("/api/learning/enrolments?state=x").json()["code"] == "invalid_choice"
    assert mine.get(f"/api/learning/courses/{course.uuid}/enrolments").status_code == 403
    assert api_client().get("/api/learning/enrolments").status_code == 401


def test_the_lesson_page_asks_a_bounded_number_of_queries(client, django_assert_max_num_queries):
    sections = [make_section(course := make_course())]
    sections += [make_section(course) for _ in range(3)]
    lessons = [make_lesson(section, "video") for section in sections for _ in range(4)]
    client.force_login(make_enrolment(course))
    address = f"/courses/{course.slug}/lessons/{lessons[3].uuid}/"
    client.get(address)

    with django_assert_max_num_queries(12):
        page = client.get(address)

    assert page.status_code == 200


def test_a_certificate_is_for_everybody_who_has_its_address(client):
    lesson = make_lesson(make_section(make_course(title="Reading the sea")), text="Short.")
    ana = make_enrolment(lesson.section.course, make_user(first_name="Ana", last_name="Lund"))
    read(ana, lesson, beats=3, reached=1000)
    type(ana).objects.update(first_name="Anna")
    certificate = Certificate.objects.get()

    page = client.get(f"/certificates/{certificate.uuid}/").content.decode()
    told = api_client().get(f"/api/learning/certificates/{certificate.uuid}").json()

    assert "Ana Lund" in page
    assert (told["name"], told["title"]) == ("Ana Lund", "Reading the sea")
    assert client.get(f"/certificates/{uuid7()}/").status_code == 404


def test_a_lesson_without_its_film_says_so(client):
    lesson = make_lesson(
        kind="video", video=make_item(owner := make_user(), file=b"x"), section=make_section(make_course(owner))
    )
    lesson.video.media.file = ""
    lesson.video.media.save()
    client.force_login(make_enrolment(lesson.section.course))
    address = f"/courses/{lesson.section.course.slug}/lessons/{lesson.uuid}/"

    assert "The film of this lesson is not here" in client.get(address).content.decode()
    assert client.get(f"{address}file/").status_code == 404


# Many at once


@pytest.mark.django_db(transaction=True)
def test_a_hundred_enrolments_by_twenty_people_at_once_are_twenty():
    course, people = make_course(), [make_user() for _ in range(20)]

    def enrol(person):
        try:
            enrolling.enrol(person, course)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(enrol, people * 5))

    assert Enrolment.objects.filter(course=course, state=EnrolmentState.ACTIVE).count() == 20
    assert Action.objects.filter(kind="enrolled").count() == 20
    assert_sound()


@pytest.mark.django_db(transaction=True)
def test_the_last_two_lessons_at_once_complete_the_course():
    section = make_section()
    lessons = [make_lesson(section), make_lesson(section)]
    people = [make_enrolment(section.course) for _ in range(5)]

    def finish(pair):
        try:
            with ledger.recording():
                progress.completed(*pair, at=timezone.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(finish, [(person, lesson) for person in people for lesson in lessons] * 2))

    assert Enrolment.objects.filter(completed_at__isnull=False).count() == Certificate.objects.count() == 5
    assert LessonDone.objects.count() == 10
    assert_sound()


def test_who_was_put_out_of_a_free_course_comes_back_by_a_grant_alone_however_often_they_ask():
    course, ana = make_course(), make_user()
    row = enrolling.enrol(ana, course)
    enrolling.revoke(row, course.owner)

    asked = [enrolling.enrol(ana, course).state for _ in range(3)]
    enrolling.withdraw(Enrolment.objects.get())
    asked.append(enrolling.enrol(ana, course).state)
    panel = enrolling.panel(ana, course)["enrolling"]

    assert set(asked) == {EnrolmentState.REQUESTED}
    assert not panel.is_free
    assert enrolling.grant(course, ana, course.owner).state == EnrolmentState.ACTIVE
    assert_sound()


def test_who_was_turned_down_does_not_come_in_when_the_course_becomes_free():
    course, ana = make_course(price_minor=900), make_user()
    enrolling.refuse(enrolling.enrol(ana, course), course.owner)
    enrolling.enrol(ana, course)
    enrolling.withdraw(Enrolment.objects.get())
    Course.objects.update(price_minor=0)

    course.refresh_from_db()
    assert [enrolling.enrol(ana, course).state for _ in range(2)] == [EnrolmentState.REQUESTED] * 2


def test_who_teaches_a_course_is_given_no_place_in_it():
    course, mara = make_course(), make_user()
    course.teachers.create(user=mara)

    with pytest.raises(enrolling.Refused) as refused:
        enrolling.grant(course, mara, course.owner)

    assert refused.value.code == "own_course"
    assert not Enrolment.objects.exists()


def test_ranges_that_are_nested_too_deeply_are_no_ranges(client):
    lesson = make_lesson(kind="video")
    course = lesson.section.course
    client.force_login(make_enrolment(course, make_user(opted_out=True)))

    answer = client.post(f"/courses/{course.slug}/lessons/{lesson.uuid}/watching/", {"ranges": "[" * 90_000})

    assert answer.status_code == 400


def test_a_film_is_completed_on_a_site_that_records_nobody(client, settings):
    settings.ENABLE_USER_ANALYTICS = False
    lesson = make_lesson(kind="video")
    course = lesson.section.course
    ana = make_enrolment(course)
    client.force_login(ana)
    address = f"/courses/{course.slug}/lessons/{lesson.uuid}/"
    open_lesson(ana, lesson)

    assert f'data-watching="{address}watching/"' in client.get(address).content.decode()
    begun = client.post(f"{address}watching/", {"ranges": "[[0, 60]]"})
    assert not LessonDone.objects.exists()
    for _ in range(3):
        Reading.objects.update(seen_at=timezone.now() - timedelta(seconds=15))
        client.post(f"{address}watching/", {"ranges": "[[0, 60]]", "sitting": begun["X-Sitting"]})

    assert LessonDone.objects.filter(user=ana, lesson=lesson).exists()
    assert not Play.objects.exists()
    assert_sound()


def test_asking_and_being_answered_over_and_over_tells_nobody_again_and_again():
    course, ana, bo = make_course(price_minor=900), make_user(), make_user()

    for _ in range(3):
        enrolling.enrol(ana, course)
        enrolling.withdraw(Enrolment.objects.get(user=ana))
        enrolling.revoke(enrolling.grant(course, bo, course.owner), course.owner)

    assert Notification.objects.filter(recipient=course.owner).count() == 1
    assert Notification.objects.filter(recipient=bo).count() == 2


def test_home_goes_on_with_the_course_in_which_a_lesson_was_opened_last(client):
    ana, courses = make_user(), [make_course(title=title) for title in ("Knots", "Tides", "Stars")]
    lessons = [make_lesson(make_section(course), title=f"First of {course.title}") for course in courses]
    for course in courses:
        make_enrolment(course, ana)
    progress.opened(ana, lessons[1])
    client.force_login(ana)

    page = client.get("/").content.decode()
    told = page.partition("Your course")[2].partition("</section>")[0]
    assert "Tides" in told
    assert "Next: First of Tides" in told
    assert f"/{lessons[1].uuid}/" in told
    assert "0 of 1 lesson" in told

    with ledger.recording():
        progress.completed(ana, lessons[1], at=timezone.now())
    assert "Stars" in client.get("/").content.decode().partition("Your course")[2].partition("</section>")[0]


def test_home_says_nothing_of_courses_to_who_takes_none_or_asked_only(client):
    client.force_login(make_user())

    assert "Your course" not in client.get("/").content.decode()
