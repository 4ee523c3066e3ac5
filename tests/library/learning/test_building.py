"""A course is built by several people without losing anybody's work."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection
from django.http import Http404

from library.learning import building, publishing
from library.learning.models import Lesson, What
from stats.models import Item, Visibility
from tests.factories import make_course, make_item, make_lesson, make_section, make_user
from tests.library.test_at_once import at_once

pytestmark = pytest.mark.django_db


def edit(course, **fields):
    with building.editing(course.uuid, course.owner, course.version) as edited:
        building.change(edited, **fields)
    course.refresh_from_db()


def test_a_save_of_an_old_version_is_refused_and_tells_who_changed_what():
    course = make_course(published=False)
    bea = make_user("bea")
    edit(course)
    with building.editing(course.uuid, course.owner, course.version, What.TEACHERS) as edited:
        building.add_teacher(edited, bea, by=course.owner)
    seen = course.version
    with building.editing(course.uuid, bea, seen + 1, What.SECTION_ADDED, "Far out") as edited:
        building.add_section(edited, "Far out")

    with (
        pytest.raises(building.Stale) as refused,
        building.editing(course.uuid, course.owner, seen + 1) as edited,
    ):
        building.change(edited, title="Lost")

    course.refresh_from_db()
    assert course.title == "Reading the sea"
    assert refused.value.course.version == seen + 2
    assert [(change.user, change.what, change.about) for change in refused.value.changes] == [
        (bea, "section_added", "Far out")
    ]


def test_changes_of_other_parts_are_not_in_the_way_of_one_part_but_changes_of_it_are():
    section = make_section()
    one, other = make_lesson(section), make_lesson(section)
    course = section.course
    course.refresh_from_db()
    seen = course.version

    def save(lesson, text):
        with building.editing(course.uuid, course.owner, seen, What.LESSON, subject=str(lesson.uuid)):
            building.change_lesson(lesson, by=course.owner, text=text)

    save(one, "First")
    save(other, "Beside it")
    with pytest.raises(building.Stale):
        save(one, "Second, without having seen the first")

    assert set(Lesson.objects.values_list("text", flat=True)) == {"First", "Beside it"}


def test_what_fails_halfway_leaves_the_version_as_it_was():
    course = make_course()

    with pytest.raises(building.Refused), building.editing(course.uuid, course.owner, 1) as edited:
        building.change(edited, title="Half")
        building.reorder(edited, [(edited.uuid, [])])

    course.refresh_from_db()
    assert (course.version, course.title) == (1, "Reading the sea")


def test_who_does_not_teach_a_course_cannot_edit_it():
    course = make_course()

    with pytest.raises(Http404), building.editing(course.uuid, make_user(), 1):
        pass


def test_two_courses_of_one_name_have_two_addresses():
    one, other, nameless = make_course(title="Sea!"), make_course(title="Sea!"), make_course(title="海")

    assert one.slug == "sea"
    assert other.slug != one.slug
    assert other.slug.startswith("sea-")
    assert nameless.slug.startswith("course")


def test_a_lessons_item_takes_as_long_as_its_text_takes_to_read():
    lesson = make_lesson(text="word " * 460)

    assert Item.objects.get(pk=lesson.item_id).duration_ms == 120_000


def test_a_preview_lesson_is_open_to_guests_only_while_the_course_is_published():
    course = make_course(published=False)
    lesson = make_lesson(make_section(course), is_preview=True)
    state = []

    for change in (publishing.publish, publishing.archive):
        state.append(Item.objects.get(pk=lesson.item_id).visibility)
        course.refresh_from_db()
        with building.editing(course.uuid, course.owner, course.version) as edited:
            change(edited)
    state.append(Item.objects.get(pk=lesson.item_id).visibility)

    assert state == [Visibility.PRIVATE, Visibility.UNLISTED, Visibility.PRIVATE]


def test_somebody_elses_video_is_not_taken_into_a_lesson():
    with pytest.raises(building.Refused) as refused:
        make_lesson(kind="video", video=make_item(file=b"video"))

    assert refused.value.code == "not_your_video"


def test_an_order_that_leaves_out_a_new_lesson_is_refused():
    section = make_section()
    first, second = make_lesson(section), make_lesson(section)
    course = section.course
    course.refresh_from_db()

    with pytest.raises(building.StaleList), building.editing(course.uuid, course.owner, course.version) as edited:
        building.reorder(edited, [(section.uuid, [second.uuid])])
    with building.editing(course.uuid, course.owner, course.version) as edited:
        building.reorder(edited, [(section.uuid, [second.uuid, first.uuid])])

    assert list(Lesson.objects.filter(section=section)) == [second, first]


def test_courses_cannot_come_before_each_other_in_a_circle():
    one, two, three = make_course(), make_course(), make_course()
    two.prerequisites.set([one])
    three.prerequisites.set([two])

    with pytest.raises(building.Refused) as refused:
        building.set_prerequisites(one, [three])

    assert refused.value.code == "prerequisite_cycle"


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_courses_changed_at_once_do_not_come_before_each_other():
    teacher = make_user()
    one, two = make_course(teacher), make_course(teacher)
    is_set, codes = Event(), []

    def change(course, before, *, first):
        if not first:
            is_set.wait(10)
        try:
            with building.editing(course.uuid, teacher, course.version, What.PREREQUISITES) as edited:
                building.set_prerequisites(edited, [before])
                if first:
                    is_set.set()
                    time.sleep(0.4)  # the other looks for circles meanwhile
        except building.Refused as refused:
            codes.append(refused.code)

    at_once(lambda: change(one, two, first=True), lambda: change(two, one, first=False))

    assert codes == ["prerequisite_cycle"]
    assert (list(one.prerequisites.all()), list(two.prerequisites.all())) == ([two], [])


def test_an_unfinished_course_is_not_published_and_says_what_is_missing():
    course = make_course(published=False, description="")
    make_lesson(make_section(course), text="")
    make_section(course, "Nothing here")

    with pytest.raises(publishing.NotReady) as refused:
        publishing.publish(course)

    assert {check.key for check in refused.value.missing} == {"description", "sections", "texts"}


@pytest.mark.django_db(transaction=True)
def test_of_eight_who_save_the_same_version_at_once_one_does():
    course = make_course()

    def save(number):
        try:
            with building.editing(course.uuid, course.owner, 1) as edited:
                building.change(edited, title=f"Title {number}")
            return number
        except building.Stale:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        saved = [number for number in threads.map(save, range(8)) if number is not None]

    course.refresh_from_db()
    assert len(saved) == 1
    assert (course.version, course.title) == (2, f"Title {saved[0]}")
