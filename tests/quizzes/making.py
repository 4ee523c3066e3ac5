"""Quizzes for tests, who takes them, and answers."""

from library.learning import enrolling
from library.quizzes import attempts, writing
from library.quizzes.responses import Given
from tests.factories import make_course, make_lesson, make_question, make_section, make_user


def make_quiz(*kinds, course=None, **rules):
    """Return the quiz of a new lesson, with a question of each kind, one choice unless told."""
    lesson = make_lesson(make_section(course or make_course()), "quiz", "What was it?")
    quiz = writing.quiz_of(lesson)
    writing.change_rules(quiz, **rules)
    for kind in kinds or ("single",):
        make_question(lesson, kind)
    return quiz


def learner(quiz):
    """Return somebody who takes the course."""
    user = make_user()
    enrolling.enrol(user, quiz.lesson.section.course)
    return user


def given(attempt, *, right=True):
    """Return an answer to each question of an attempt, all right or all wrong."""
    found = []
    for answer in attempts.answers_of(attempt):
        question = str(answer.question.uuid)
        if answer.kind in {"single", "multiple"}:
            key = answer.key["right"]
            wrong = [option["id"] for option in answer.asked["options"] if option["id"] not in key]
            found.append(Given(question, tuple(key if right else wrong[:1])))
        elif answer.kind == "number":
            found.append(Given(question, value=answer.key["number"] if right else "7"))
        else:
            found.append(Given(question, value="Tide" if right else "wind"))
    return found


def as_json(answers):
    """Return answers as the API takes them."""
    return {
        "answers": [
            {"question": one.question, **({"options": list(one.options)} if one.options else {"value": one.value})}
            for one in answers
        ]
    }


def as_form(answers):
    """Return answers as the page sends them."""
    return {f"q-{one.question}": list(one.options) or one.value for one in answers}
