"""What the admin asks of every model's pages, whoever wrote them."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, cast

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponseBase
from unfold.admin import ModelAdmin

from accounts import audit, staffing
from accounts.models import User
from accounts.staffing import Area, Level

MOST_NAMED = 100
DELETE = "delete_selected"  # noted row by row


class Watched(ModelAdmin):
    """Pages of one model, watched.

    Members on the staff are changed by those alone who decide about staff, and who was erased by nobody; addresses are no way of searching for who may
    not see them; and what is done here stands in the audit log.
    """

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Keep staff from each other's accounts, and everybody from what is left of who was erased."""
        if isinstance(obj, User) and (obj.is_erased or self._is_beyond(request, obj)):
            return False
        return super().has_change_permission(request, obj)

    def _is_beyond(self, request: HttpRequest, person: User) -> bool:
        return person.is_staff and not staffing.may(request.user, Area.STAFF, Level.CHANGE)

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Let only who may see the rows take them along: left alone, any of the staff might."""
        return self.has_view_permission(request)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Tell who may not see the rows nothing, not even whether there is this one."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        return super().history_view(request, object_id, extra_context)

    def get_search_fields(self, request: HttpRequest) -> Sequence[str]:
        """Leave addresses out for who may not see them: what is found tells of what was sought."""
        found = super().get_search_fields(request)
        if staffing.may(request.user, Area.ADDRESSES):
            return found
        return [name for name in found if "email" not in name]

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Note it."""
        audit.note(_me(request), "admin.added", obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Note it, with the names of the fields."""
        audit.note(_me(request), "admin.changed", obj, {"changes": message})
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Note each."""
        for row in queryset:
            audit.note(_me(request), "admin.deleted", row)
        return super().log_deletions(request, queryset)

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponseBase | None:
        """Note which action was run on which rows. One that answers with a page still asks, and has done nothing."""
        response = super().response_action(request, queryset)
        if response is None or response.status_code != HTTPStatus.FOUND:
            return response
        chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
        across = request.POST.get("select_across") == "1"
        ran = next((name for name in request.POST.getlist("action") if name), DELETE)
        if ran != DELETE and ran in self.get_actions(request) and (chosen or across):
            detail = {
                "action": ran,
                "model": self.opts.label_lower,
                "rows": None if across else len(chosen),
                "keys": chosen[:MOST_NAMED],
            }
            audit.note(_me(request), "admin.action", detail=detail)
        return response

    def get_export_data(self, file_format: Any, request: HttpRequest, queryset: Any, **kwargs: Any) -> Any:
        """Note what left the house, and how many rows."""
        made = super().get_export_data(file_format, request, queryset, **kwargs)
        audit.note(_me(request), "admin.exported", detail={"model": self.opts.label_lower, "rows": queryset.count()})
        return made


def watched(admin_class: type[ModelAdmin] | None) -> type[ModelAdmin]:
    """Return the class of a model's pages with what is asked of all."""
    return type(f"Watched{admin_class.__name__}", (Watched, admin_class), {}) if admin_class else Watched


def _me(request: HttpRequest) -> User:
    return cast(User, request.user)
