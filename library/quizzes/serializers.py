"""What goes in and out of the quizzes' API. Shapes only."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from library.quizzes import marking
from library.quizzes.models import Attempt, Question, QuestionKind, Reveals
from library.quizzes.sheets import Sheet


class QuizAnswerIn(serializers.Serializer):
    """One answer: `options` of a choice, or `value` of a number or text. Neither takes it back."""

    question = serializers.CharField(max_length=64)
    options = serializers.ListField(child=serializers.CharField(max_length=64), max_length=50, required=False)
    value = serializers.CharField(max_length=2000, allow_blank=True, required=False)


class QuizAnswersIn(serializers.Serializer):
    answers = QuizAnswerIn(many=True, required=False)

    def validate_answers(self, answers: list[Any]) -> list[Any]:
        """Refuse more answers than any quiz asks."""
        if len(answers) > 500:
            raise serializers.ValidationError("At most 500 answers.", code="too_many")
        return answers


class QuizSavedOut(serializers.Serializer):
    saved_at = serializers.DateTimeField()
    deadline_at = serializers.DateTimeField(allow_null=True)


class QuizCourseOut(serializers.Serializer):
    uuid = serializers.UUIDField()
    slug = serializers.CharField()
    title = serializers.CharField()


class QuizStandingOut(serializers.Serializer):
    attempts = serializers.IntegerField(help_text="Attempts that count, the running one with them.")
    attempts_left = serializers.IntegerField(allow_null=True, help_text="null: as many as one likes.")
    running = serializers.UUIDField(allow_null=True, help_text="The attempt to go on with.")
    best_percent = serializers.IntegerField(allow_null=True)
    passed = serializers.BooleanField()


class QuizOut(serializers.Serializer):
    lesson = serializers.UUIDField()
    title = serializers.CharField()
    course = QuizCourseOut()
    questions = serializers.IntegerField(help_text="How many an attempt gets.")
    pass_percent = serializers.IntegerField()
    most_attempts = serializers.IntegerField(help_text="0: as many as one likes.")
    time_limit_minutes = serializers.IntegerField(help_text="0: no limit.")
    reveals = serializers.ChoiceField(choices=Reveals.choices)
    shuffles = serializers.BooleanField()
    state = serializers.ChoiceField(
        choices=["ready", "running", "used_up", "empty", "teaching", "locked", "enrol"],
        help_text="What the caller may do.",
    )
    standing = QuizStandingOut()


class QuizOptionOut(serializers.Serializer):
    id = serializers.UUIDField()
    text = serializers.CharField()
    is_chosen = serializers.BooleanField()
    is_right = serializers.BooleanField(required=False, help_text="Only in what was submitted and is revealed.")


class QuizSheetOut(serializers.Serializer):
    """A question of an attempt. What marks it is left out until the attempt is submitted, and the quiz reveals it."""

    question = serializers.UUIDField()
    number = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=QuestionKind.choices)
    prompt = serializers.CharField(help_text="Markdown.")
    prompt_html = serializers.CharField()
    points = serializers.IntegerField()
    options = QuizOptionOut(many=True)
    value = serializers.CharField()
    earned = serializers.FloatField(required=False)
    verdict = serializers.ChoiceField(choices=["right", "part", "wrong", "none"], required=False)
    right = serializers.CharField(required=False, help_text="What is right, of a number or text.")
    explanation = serializers.CharField(required=False, help_text="Markdown.")
    explanation_html = serializers.CharField(required=False)

    def to_representation(self, sheet: Sheet) -> dict[str, Any]:
        """Return the question; the context says whether it is `submitted` and whether it `reveals`."""
        shown = self.context
        options = [{"id": one.id, "text": one.text, "is_chosen": one.is_chosen} for one in sheet.options]
        told: dict[str, Any] = {
            "question": sheet.question,
            "number": sheet.number,
            "kind": sheet.kind,
            "prompt": sheet.prompt,
            "prompt_html": sheet.prompt_html,
            "points": sheet.points,
            "options": options,
            "value": sheet.value,
        }
        if shown["submitted"]:
            told |= {"earned": float(sheet.earned or 0), "verdict": sheet.verdict}
        if shown["reveals"]:
            for option, one in zip(options, sheet.options, strict=True):
                option["is_right"] = bool(one.is_right)
            told |= {
                "right": sheet.right,
                "explanation": sheet.explanation,
                "explanation_html": sheet.explanation_html,
            }
        return told


class QuizAttemptOut(serializers.Serializer):
    uuid = serializers.UUIDField()
    lesson = serializers.UUIDField(source="quiz.lesson.uuid")
    number = serializers.IntegerField()
    is_preview = serializers.BooleanField(help_text="A teacher's trial, which counts nowhere.")
    started_at = serializers.DateTimeField()
    deadline_at = serializers.DateTimeField(allow_null=True)
    submitted_at = serializers.DateTimeField(allow_null=True)
    pass_percent = serializers.IntegerField()
    earned = serializers.FloatField(allow_null=True)
    most = serializers.IntegerField(help_text="Points at most.")
    percent = serializers.IntegerField(allow_null=True)
    passed = serializers.BooleanField(allow_null=True)


class QuizAttemptInFullOut(QuizAttemptOut):
    reveals = serializers.BooleanField(help_text="Whether it is shown what is right.")
    questions = QuizSheetOut(many=True)

    def to_representation(self, attempt: Attempt) -> dict[str, Any]:
        """Return the attempt with the context's `sheets`."""
        told = QuizAttemptOut(attempt).data
        sheets = QuizSheetOut(
            self.context["sheets"],
            many=True,
            context={"submitted": attempt.submitted_at is not None, "reveals": self.context["reveals"]},
        )
        return told | {"reveals": self.context["reveals"], "questions": sheets.data}


# Who writes quizzes


class QuizVersionIn(serializers.Serializer):
    version = serializers.IntegerField(min_value=0, help_text="The course's version that you saw.")


class QuizVersionOut(serializers.Serializer):
    version = serializers.IntegerField(help_text="The course's version by now.")


class QuizRulesIn(QuizVersionIn):
    pass_percent = serializers.IntegerField(min_value=1, max_value=100, required=False)
    most_attempts = serializers.IntegerField(min_value=0, max_value=100, required=False)
    time_limit_minutes = serializers.IntegerField(min_value=0, max_value=600, required=False)
    reveals = serializers.ChoiceField(choices=Reveals.choices, required=False)
    shuffles = serializers.BooleanField(required=False)


class QuizPoolIn(QuizVersionIn):
    title = serializers.CharField(max_length=120, allow_blank=True, default="")
    draws = serializers.IntegerField(min_value=0, max_value=200, default=0, help_text="0: all.")


class QuizChoiceIn(serializers.Serializer):
    id = serializers.UUIDField(required=False, help_text="Of the option that is changed; without, it is new.")
    text = serializers.CharField(max_length=500)
    is_right = serializers.BooleanField(default=False)


class QuizQuestionIn(QuizVersionIn):
    """A whole question: PUT replaces all of it."""

    pool = serializers.UUIDField(required=False, help_text="Without, the first; or where it is.")
    kind = serializers.ChoiceField(choices=QuestionKind.choices)
    prompt = serializers.CharField(max_length=Question.MAX_TEXT)
    explanation = serializers.CharField(max_length=Question.MAX_TEXT, allow_blank=True, default="")
    points = serializers.IntegerField(min_value=1, max_value=100, default=1)
    is_partial = serializers.BooleanField(default=False, help_text="Several choices: points for a part.")
    options = QuizChoiceIn(many=True, required=False)
    number = serializers.DecimalField(max_digits=23, decimal_places=10, required=False, allow_null=True)
    tolerance = serializers.DecimalField(max_digits=23, decimal_places=10, default=Decimal(0), min_value=0)
    accepted = serializers.ListField(child=serializers.CharField(max_length=200), max_length=20, required=False)


class QuizChoiceOut(serializers.Serializer):
    id = serializers.UUIDField(source="uuid")
    text = serializers.CharField()
    is_right = serializers.BooleanField()


class QuizQuestionOut(serializers.Serializer):
    uuid = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=QuestionKind.choices)
    prompt = serializers.CharField()
    explanation = serializers.CharField()
    points = serializers.IntegerField()
    is_partial = serializers.BooleanField()
    options = QuizChoiceOut(many=True, source="options.all")
    number = serializers.SerializerMethodField()
    tolerance = serializers.SerializerMethodField()
    accepted = serializers.ListField(child=serializers.CharField())

    def get_number(self, question: Question) -> str | None:
        """Return the right number as people write it."""
        return None if question.number is None else marking.plain(question.number)

    def get_tolerance(self, question: Question) -> str:
        """Return the tolerance as people write it."""
        return marking.plain(question.tolerance)


class QuizPoolOut(serializers.Serializer):
    uuid = serializers.UUIDField()
    title = serializers.CharField()
    draws = serializers.IntegerField()
    questions = QuizQuestionOut(many=True, source="questions.all")


class QuizQuestionsOut(QuizVersionOut):
    pools = QuizPoolOut(many=True)


class QuizOrderedPoolIn(serializers.Serializer):
    pool = serializers.UUIDField()
    questions = serializers.ListField(child=serializers.UUIDField(), max_length=200)


class QuizOrderIn(QuizVersionIn):
    pools = QuizOrderedPoolIn(many=True)


class QuizOverviewOut(serializers.Serializer):
    attempts = serializers.IntegerField()
    people = serializers.IntegerField()
    passed = serializers.IntegerField(help_text="People who have passed.")
    pass_percent = serializers.FloatField(allow_null=True)
    average_percent = serializers.FloatField(source="average", allow_null=True)
    typical_seconds = serializers.SerializerMethodField()

    def get_typical_seconds(self, overview: Any) -> float | None:
        """Return the median time."""
        return None if overview.typical_ms is None else overview.typical_ms / 1000


class QuizChosenOut(serializers.Serializer):
    text = serializers.CharField()
    is_right = serializers.BooleanField()
    count = serializers.IntegerField()
    percent = serializers.FloatField()


class QuizRowOut(serializers.Serializer):
    question = serializers.UUIDField(source="question.uuid")
    prompt = serializers.CharField(source="question.prompt")
    asked = serializers.IntegerField()
    answered = serializers.IntegerField()
    right = serializers.IntegerField()
    right_percent = serializers.FloatField(allow_null=True)
    earned_percent = serializers.FloatField(allow_null=True)
    options = QuizChosenOut(many=True, source="chosen")


class QuizStatisticsOut(serializers.Serializer):
    overview = QuizOverviewOut()
    questions = QuizRowOut(many=True)
