"""Addresses of quizzes: the pages of who takes them and of who writes them, and the API."""

from django.urls import path, re_path

from library.quizzes import api, views
from library.quizzes.teaching import api as teaching_api
from library.quizzes.teaching import views as teaching

app_name = "quizzes"

API = r"^api/learning/quizzes/"
QUIZ = API + r"(?P<uuid>[0-9a-fA-F-]{36})"
ATTEMPT = API + r"attempts/(?P<uuid>[0-9a-fA-F-]{36})"

ONE = r"(?P<{}>[0-9a-fA-F-]{{36}})/?$"
TEACH = "teach/quizzes/<uuid:lesson>/"

urlpatterns = [
    path("quizzes/<uuid:lesson>/start/", views.start, name="start"),
    path("quizzes/attempts/<uuid:uuid>/", views.attempt, name="attempt"),
    path("quizzes/attempts/<uuid:uuid>/give-back/", teaching.give_back, name="give-back"),
    path(TEACH, teaching.build, name="build"),
    path(f"{TEACH}results/", teaching.results, name="results"),
    path(f"{TEACH}move/", teaching.move, name="move"),
    path(f"{TEACH}order/", teaching.order, name="order"),
    path(f"{TEACH}pools/", teaching.pool_add, name="pool-add"),
    path(f"{TEACH}pools/<uuid:pool>/", teaching.pool, name="pool"),
    path(f"{TEACH}questions/new/", teaching.question_new, name="question-new"),
    path(f"{TEACH}questions/<uuid:question>/", teaching.question, name="question"),
    path(f"{TEACH}questions/<uuid:question>/remove/", teaching.question_remove, name="question-remove"),
    re_path(QUIZ + r"/?$", teaching_api.QuizRulesView.as_view(), name="api-quiz"),
    re_path(QUIZ + r"/attempts/?$", api.QuizAttemptsView.as_view(), name="api-attempts"),
    re_path(ATTEMPT + r"/?$", api.QuizAttemptView.as_view(), name="api-attempt"),
    re_path(ATTEMPT + r"/answers/?$", api.QuizAnswersView.as_view(), name="api-answers"),
    re_path(ATTEMPT + r"/submit/?$", api.QuizSubmitView.as_view(), name="api-submit"),
    re_path(ATTEMPT + r"/give-back/?$", teaching_api.QuizGiveBackView.as_view(), name="api-give-back"),
    re_path(QUIZ + r"/questions/?$", teaching_api.QuizQuestionsView.as_view(), name="api-questions"),
    re_path(
        QUIZ + r"/questions/" + ONE.format("question"), teaching_api.QuizQuestionView.as_view(), name="api-question"
    ),
    re_path(QUIZ + r"/pools/?$", teaching_api.QuizPoolsView.as_view(), name="api-pools"),
    re_path(QUIZ + r"/pools/" + ONE.format("pool"), teaching_api.QuizPoolView.as_view(), name="api-pool"),
    re_path(QUIZ + r"/order/?$", teaching_api.QuizOrderView.as_view(), name="api-order"),
    re_path(QUIZ + r"/statistics/?$", teaching_api.QuizStatisticsView.as_view(), name="api-statistics"),
]
