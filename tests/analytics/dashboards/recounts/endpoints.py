"""What the nine endpoints under `/api/admin/analytics/` must answer, field by field, from the same recounts as the dashboards."""

from collections import defaultdict
from fractions import Fraction
from typing import Any

from tests.analytics.dashboards.recounts import RECOUNTS, money
from tests.analytics.dashboards.recounts.learning import Happened, Standing, bayes
from tests.analytics.dashboards.recounts.people import stickiness
from tests.analytics.dashboards.recounts.system import state
from tests.analytics.dashboards.seen import DAY, Case, micros


def value(case: Case, key: str) -> Any:
    """Return the recounted value of a card."""
    return RECOUNTS[key](case).value  # type: ignore[union-attr]


def rounded(number: float | None) -> float | None:
    """Return a rate as the API tells it."""
    return None if number is None else round(number, 2)


def overview(case: Case) -> dict[str, Any]:
    """Return the platform as it stands."""
    courses = case.seen.courses
    return {
        "total_users": len(case.seen.members),
        "active_users": value(case, "active-month"),
        "new_users": value(case, "new-members-card"),
        "growth_rate": _growth(case),
        "total_courses": len(courses),
        "published_courses": sum(course.status == "published" for course in courses),
        "total_instructors": len({course.owner_id for course in courses}),
        "total_enrollments": sum(len(Standing(case, course).enrolled) for course in courses),
        "completion_rate": _completion(case),
        "period_revenue": value(case, "revenue-net"),
        "mrr": value(case, "mrr"),
        "currency": money.currency_of(case),
    }


def user_growth(case: Case) -> dict[str, Any]:
    """Return who came, day by day."""
    made = sorted(micros(user.created_at) for user in case.seen.members)
    days = [day for day in case.days if day <= case.today]
    daily = []
    for day in days:
        start, end = case.midnight(day), case.midnight(day + DAY)
        daily.append(
            {
                "date": day.isoformat(),
                "new_users": sum(start <= at < end for at in made),
                "total_users": sum(at < end for at in made),
            }
        )
    before = RECOUNTS["new-members-card"](case).before  # type: ignore[union-attr]
    return {
        "total_users": daily[-1]["total_users"],
        "new_users": value(case, "new-members-card"),
        "previous_new_users": before,
        "growth_rate": _growth(case),
        "is_new": before == 0 and value(case, "new-members-card") > 0,
        "daily_signups": daily,
    }


def engagement(case: Case) -> dict[str, Any]:
    """Return who was active, day by day."""
    days = [day for day in case.days if day <= case.today]
    daily = [
        {
            "date": day.isoformat(),
            "dau": len(case.seen.active(day, 1)),
            "wau": len(case.seen.active(day, 7)),
            "mau": len(case.seen.active(day, 30)),
            "stickiness": rounded(stickiness(case, day)),
        }
        for day in days
    ]
    return {
        **{name: daily[-1][name] for name in ("dau", "wau", "mau", "stickiness")},
        "average_dau": rounded(sum(one["dau"] for one in daily) / len(daily)),  # type: ignore[misc]
        "completion_rate": _completion(case),
        "is_partial": days[-1] == case.today,
        "daily": daily,
    }


def revenue(case: Case) -> dict[str, Any]:
    """Return the money of one currency; movements as fractions that the answer is next to."""
    these = money.payments(case, case.start, case.end)
    by_name: dict[str, int] = defaultdict(int)
    for move in money.moves(case, case.start, money.end_of(case)):
        by_name[move.name] += move.after - move.before
    daily = []
    for day in case.days:
        of_day = [one for one in these if case.day(micros(one.at)) == day]
        if of_day:
            paid = sum(one.amount_minor for one in of_day if one.kind == "payment")
            net = sum(map(money.signed, of_day))
            daily.append({"date": day.isoformat(), "paid": paid, "refunded": paid - net, "revenue": net})
    return {
        "currency": money.currency_of(case),
        "currencies": money.currencies(case),
        "period_revenue": value(case, "revenue-net"),
        "refunds": value(case, "revenue-refunds"),
        "transactions": sum(one.kind == "payment" for one in these),
        "average_transaction": value(case, "revenue-average"),
        "mrr": value(case, "revenue-mrr"),
        "arr": value(case, "revenue-arr"),
        "mrr_movements": {name: Fraction(by_name[name], 12) for name in money.MOVEMENTS},
        "customers": value(case, "revenue-paying"),
        "arpu": value(case, "revenue-arpu"),
        "arppu": value(case, "revenue-arppu"),
        "churn_rate": rounded(value(case, "revenue-churn")),
        "revenue_churn_rate": rounded(value(case, "revenue-lost")),
        "net_revenue_retention": rounded(value(case, "revenue-retention")),
        "ltv": value(case, "revenue-lifetime"),
        "daily_revenue": daily,
    }


def top_courses(case: Case, order: str, limit: int) -> list[dict[str, Any]]:
    """Return courses in order."""
    rows = []
    for course in case.seen.courses:
        happened, standing = happened_in(case, course), Standing(case, course)
        about = {"course_id": str(course.uuid), "title": course.title, "instructor": course.owner.display_name}
        rows.append((course.pk, about | _told(case, [happened]), [standing]))
    return _ranked(rows, order, limit)


def top_instructors(case: Case, order: str, limit: int) -> list[dict[str, Any]]:
    """Return who owns courses, in order."""
    rows = []
    for owner in {course.owner for course in case.seen.courses}:
        courses = [course for course in case.seen.courses if course.owner_id == owner.pk]
        published = sum(course.status == "published" for course in courses)
        about = {"instructor_id": str(owner.uuid), "name": owner.display_name, "courses": published}
        happened = [happened_in(case, course) for course in courses]
        rows.append((owner.pk, about | _told(case, happened), [Standing(case, course) for course in courses]))
    return _ranked(rows, order, limit)


def happened_in(case: Case, course: Any) -> Happened:
    """Return what happened in a course in the window."""
    return Happened(case, course, case.midnight(case.days[0]), case.midnight(case.days[-1] + DAY))


def _told(case: Case, happened: list[Happened]) -> dict[str, Any]:
    currency = money.currency_of(case)
    return {
        "enrollments": sum(one.enrolled for one in happened),
        "completions": sum(one.done for one in happened),
        "revenue": sum(one.revenue[currency] for one in happened),
    }


def _ranked(rows: list[tuple[int, dict[str, Any], list[Standing]]], order: str, limit: int) -> list[dict[str, Any]]:
    stars = [[star for one in standing for star in one.stars.values()] for _, _, standing in rows]
    for (_, told, _), these in zip(rows, stars, strict=True):
        told |= {"avg_rating": rounded(sum(these) / len(these)) if these else None, "reviews": len(these)}
    if order == "rating":
        weights = bayes([dict(enumerate(these)) for these in stars])
        ranked = [(-weight, key, told) for weight, (key, told, _) in zip(weights, rows, strict=True) if told["reviews"]]
    else:
        ranked = [(-told[order], key, told) for key, told, _ in rows if told[order] > 0]
    return [told for _, _, told in sorted(ranked, key=lambda one: one[:2])][:limit]


def system_health(case: Case) -> dict[str, Any]:
    """Return what counts of the system's state."""
    told = state(case)
    return {
        "active_sessions": value(case, "sessions"),
        "queue_depth": value(case, "waiting"),
        "error_rate": rounded(value(case, "error-rate")),
        "requests": int(RECOUNTS["error-rate"](case).note[0].replace(",", "")),  # type: ignore[index]
        "dead_letters": int(told["Dead letters"]),
        "job_failures": int(told["Failed tasks, last day"].split()[0]),
        "availability": rounded(value(case, "available")),
    }


def _growth(case: Case) -> float | None:
    told = RECOUNTS["new-members-card"](case)
    now, before = told.value, told.before  # type: ignore[union-attr]
    return round(100 * (now - before) / before, 2) if before else None


def _completion(case: Case) -> float | None:
    standing = [Standing(case, course) for course in case.seen.courses]
    enrolled, done = sum(len(one.enrolled) for one in standing), sum(len(one.done) for one in standing)
    return round(100 * done / enrolled, 2) if enrolled else None
