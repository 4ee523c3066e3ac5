"""A quiz is begun, answered, and submitted once; the server's clock and marking decide."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from django.db import connection, connections

from library.learning import enrolling
from library.learning.models import EnrolmentState, LessonDone
from library.quizzes import attempts, checks, writing
from library.quizzes.drafts import Choice
from library.quizzes.models import Attempt
from library.quizzes.refusals import Refused, WrongAnswers
from library.quizzes.responses import Given
from stats import verify
from stats.kinds import Kind
from tests.factories import make_course, make_lesson, make_question, make_section, make_user
from tests.quizzes.making import given, learner, make_quiz

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def events(kind):
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM stats_event WHERE kind = %s", [kind.value])
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_a_right_quiz_is_passed_and_completes_its_lesson_and_its_course():
    quiz = make_quiz("single", "multiple", "number", "text")
    ana = learner(quiz)
    attempt, is_new = attempts.start(quiz, ana)

    done = attempts.submit(attempt, given(attempt))

    assert is_new
    assert (done.percent, done.passed, done.earned, done.most) == (100, True, Decimal(4), 4)
    assert LessonDone.objects.filter(user=ana, lesson=quiz.lesson).count() == 1
    assert [events(kind) for kind in (Kind.QUIZ_COMPLETED, Kind.LESSON_COMPLETED, Kind.COURSE_COMPLETED)] == [1, 1, 1]
    assert not list(verify.differences())


@pytest.mark.django_db
def test_a_wrong_quiz_is_failed_and_can_be_taken_again():
    quiz = make_quiz("single", "text", pass_percent=50)
    ana = learner(quiz)
    first = attempts.submit(attempts.start(quiz, ana)[0], [])
    second, _ = attempts.start(quiz, ana)
    half = [answer for answer in given(second) if answer.value]

    second = attempts.submit(second, half)

    assert (first.percent, first.passed, first.number) == (0, False, 1)
    assert (second.percent, second.passed, second.number) == (50, True, 2)
    assert events(Kind.QUIZ_COMPLETED) == 2
    assert attempts.standing(quiz, ana).best == second


@pytest.mark.django_db
def test_a_second_submission_is_refused_and_changes_nothing():
    quiz = make_quiz()
    attempt, _ = attempts.start(quiz, learner(quiz))
    right = given(attempt)
    attempts.submit(attempt, [])

    with pytest.raises(Refused, match="already_submitted"):
        attempts.submit(attempt, right)

    attempt.refresh_from_db()
    assert (attempt.percent, events(Kind.QUIZ_COMPLETED)) == (0, 1)


@pytest.mark.django_db
def test_beginning_again_goes_on_with_the_attempt_that_runs():
    quiz = make_quiz(most_attempts=1)
    ana = learner(quiz)
    first, _ = attempts.start(quiz, ana)

    assert attempts.start(quiz, ana) == (first, False)
    attempts.submit(first)
    with pytest.raises(Refused, match="no_attempts_left"):
        attempts.start(quiz, ana)


@pytest.mark.django_db
def test_an_attempt_that_is_given_back_may_be_made_again():
    quiz = make_quiz(most_attempts=1)
    ana = learner(quiz)
    first = attempts.submit(attempts.start(quiz, ana)[0])

    attempts.give_back(first, quiz.lesson.section.course.owner)
    attempts.give_back(first, quiz.lesson.section.course.owner)
    second, _ = attempts.start(quiz, ana)

    assert second.number == 2
    assert events(Kind.QUIZ_VOIDED) == 1
    attempts.submit(second, given(second))
    with pytest.raises(Refused, match="attempt_passed"):
        attempts.give_back(second, quiz.lesson.section.course.owner)
    assert not list(verify.differences())


@pytest.mark.django_db
def test_what_was_saved_in_time_is_marked_and_what_comes_late_is_refused():
    quiz = make_quiz("single", "text", time_limit_minutes=10)
    ana = learner(quiz)
    attempt, _ = attempts.start(quiz, ana, now=NOW)
    choice, text = given(attempt)[0], given(attempt)[1]
    attempts.save(attempt, [choice], now=NOW + timedelta(minutes=10, seconds=9))

    with pytest.raises(Refused, match="time_is_up"):
        attempts.save(attempt, [text], now=NOW + timedelta(minutes=10, seconds=11))
    with pytest.raises(Refused, match="time_is_up"):
        attempts.submit(attempt, [text], now=NOW + timedelta(minutes=10, seconds=11))

    attempt.refresh_from_db()
    assert (attempt.percent, attempt.submitted_at) == (50, NOW + timedelta(minutes=10))
    assert events(Kind.QUIZ_COMPLETED) == 1


@pytest.mark.django_db
def test_whoever_never_comes_back_is_marked_too_once():
    quiz = make_quiz(time_limit_minutes=1)
    attempt, _ = attempts.start(quiz, learner(quiz), now=NOW)
    attempts.save(attempt, given(attempt), now=NOW)

    closed = [attempts.close_overdue(now=NOW + timedelta(hours=1)) for _ in range(2)]

    attempt.refresh_from_db()
    assert (closed, attempt.passed, events(Kind.QUIZ_COMPLETED)) == ([1, 0], True, 1)


@pytest.mark.django_db
def test_an_answer_that_cannot_be_one_is_refused_with_its_code():
    quiz = make_quiz("single", "multiple", "number", "text")
    other = make_quiz("multiple")
    ana = learner(quiz)
    enrolling.enrol(ana, other.lesson.section.course)
    attempt, _ = attempts.start(quiz, ana)
    foreign = given(attempts.start(other, ana)[0])[0]
    by_kind = {answer.kind: answer for answer in attempts.answers_of(attempt)}
    ids = {kind: str(answer.question.uuid) for kind, answer in by_kind.items()}
    options = [option["id"] for option in by_kind["single"].asked["options"]]

    wrong = {
        "unknown_question": foreign,
        "unknown_option": Given(ids["single"], foreign.options[:1]),
        "too_many_options": Given(ids["single"], tuple(options)),
        "invalid_answer": Given(ids["single"], value=options[0]),
        "invalid_number": Given(ids["number"], value="many"),
        "too_long": Given(ids["text"], value="x" * 501),
        "invalid_characters": Given(ids["text"], value="a\0b"),
    }
    for code, answer in wrong.items():
        with pytest.raises(WrongAnswers, match=code):
            attempts.save(attempt, [Given(ids["multiple"], tuple(by_kind["multiple"].key["right"])), answer])
    with pytest.raises(WrongAnswers, match="unknown_question"):
        attempts.submit(attempt, [Given("no id at all", value="1")])

    attempt.refresh_from_db()
    assert attempt.submitted_at is None
    assert not any(answer.response for answer in attempts.answers_of(attempt))


@pytest.mark.django_db
def test_a_running_attempt_is_marked_as_it_was_asked_whatever_becomes_of_its_questions():
    quiz = make_quiz("single", "text")
    attempt, _ = attempts.start(quiz, learner(quiz))
    right = given(attempt)
    pool = quiz.pools.get()
    first, second = pool.questions.all()
    make_question(quiz.lesson, "single", pool=pool, options=(Choice("New", True), Choice("Old")))
    writing.remove_question(second)
    first.options.all().delete()

    assert attempts.submit(attempt, right).percent == 100


@pytest.mark.django_db
def test_each_attempt_draws_as_many_of_a_pool_as_it_says():
    quiz = make_quiz(*["text"] * 6)
    pool = quiz.pools.get()
    writing.change_pool(pool, title="", draws=2)
    ana = learner(quiz)

    drawn = set()
    for seed in range(6):
        attempt, _ = attempts.start(quiz, ana, chance=Random(seed))
        questions = [answer.question_id for answer in attempts.answers_of(attempt)]
        assert len(set(questions)) == 2
        drawn |= set(questions)
        attempts.submit(attempt)

    assert len(drawn) > 2


@pytest.mark.django_db
def test_who_is_not_enrolled_or_too_early_cannot_begin():
    quiz = make_quiz()
    section = quiz.lesson.section
    with pytest.raises(Refused, match="not_enrolled"):
        attempts.start(quiz, make_user())
    ana = learner(quiz)
    section.opens_after_days = 3
    section.save()

    with pytest.raises(Refused, match="lesson_not_open"):
        attempts.start(quiz, ana)


@pytest.mark.django_db
def test_who_lost_the_course_meanwhile_cannot_submit():
    quiz = make_quiz()
    ana = learner(quiz)
    attempt, _ = attempts.start(quiz, ana)
    ana.enrolments.update(state=EnrolmentState.REVOKED)

    with pytest.raises(Refused, match="not_enrolled"):
        attempts.submit(attempt, given(attempt))

    attempt.refresh_from_db()
    assert attempt.submitted_at is None


@pytest.mark.django_db
def test_a_quiz_without_questions_says_so():
    lesson = make_lesson(make_section(make_course()), "quiz")
    quiz = writing.quiz_of(lesson)

    with pytest.raises(Refused, match="quiz_empty"):
        attempts.start(quiz, learner(quiz))

    assert checks.problems([lesson]) == {lesson.pk: ["The quiz has no questions."]}
    make_question(lesson)
    assert checks.problems([lesson]) == {}
    writing.change_pool(quiz.pools.get(), title="", draws=3)
    assert checks.problems([lesson]) == {lesson.pk: ["The quiz draws 3 questions of 1."]}


@pytest.mark.django_db
def test_a_teachers_trial_counts_nowhere():
    quiz = make_quiz(most_attempts=1)
    teacher = quiz.lesson.section.course.owner

    for _ in range(2):
        attempt, _ = attempts.start(quiz, teacher, preview=True)
        assert attempts.submit(attempt, given(attempt)).passed

    assert Attempt.objects.filter(user=teacher).count() == 1
    assert events(Kind.QUIZ_COMPLETED) == 0
    assert not LessonDone.objects.exists()


@pytest.mark.django_db
def test_nobody_begins_a_quiz_more_than_fifty_times_a_day():
    quiz = make_quiz()
    ana = learner(quiz)
    for _ in range(50):
        Attempt.objects.create(
            quiz=quiz, user=ana, number=_ + 1, pass_percent=70, most=1, started_at=NOW, submitted_at=NOW,
            earned=0, percent=0, passed=False,
        )  # fmt: skip

    with pytest.raises(Refused, match="too_many_attempts"):
        attempts.start(quiz, ana, now=NOW + timedelta(hours=23))
    assert attempts.start(quiz, ana, now=NOW + timedelta(hours=25))[1]


def at_once(count, work):
    """Do `work` in as many threads at once; return what each returned, or the name of what it raised."""

    def one(_):
        try:
            return work()
        except Refused as refused:
            return refused.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(one, range(count)))


@pytest.mark.django_db(transaction=True)
def test_of_parallel_submissions_one_is_marked():
    quiz = make_quiz()
    ana = learner(quiz)
    attempt, _ = attempts.start(quiz, ana)
    right = given(attempt)

    told = at_once(6, lambda: attempts.submit(attempt, right).percent)

    assert sorted(map(str, told)) == ["100", *["already_submitted"] * 5]
    assert [events(kind) for kind in (Kind.QUIZ_COMPLETED, Kind.LESSON_COMPLETED, Kind.COURSE_COMPLETED)] == [1, 1, 1]
    assert LessonDone.objects.count() == 1
    assert not list(verify.differences())


@pytest.mark.django_db(transaction=True)
def test_of_parallel_beginnings_one_attempt_comes():
    quiz = make_quiz(most_attempts=1)
    ana = learner(quiz)

    told = at_once(6, lambda: attempts.start(quiz, ana)[0].pk)

    assert len(set(told)) == 1
    assert Attempt.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_overdue_attempt_is_closed_by_one_of_many():
    quiz = make_quiz(time_limit_minutes=1)
    attempts.start(quiz, learner(quiz), now=NOW)

    told = at_once(5, lambda: attempts.close_overdue(now=NOW + timedelta(hours=1)))

    assert sorted(told) == [0, 0, 0, 0, 1]
    assert events(Kind.QUIZ_COMPLETED) == 1
