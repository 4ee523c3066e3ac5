"""Members, plans and subscriptions in the admin. Subscriptions change only through their functions, so the ledger has all."""

from collections.abc import Callable, Iterable
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import CharField, ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from import_export import fields, resources
from import_export.admin import ExportMixin
from rest_framework.exceptions import APIException
from unfold.admin import ModelAdmin, TabularInline
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.contrib.import_export.forms import ExportForm
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts import activation, entitlements, members, names, queries, subscriptions, upgrades
from accounts.advertising import admin as advertising_admin  # noqa: F401 (registers its models)
from accounts.billing import admin as billing_admin  # noqa: F401 (registers its models)
from accounts.billing import money
from accounts.billing.amounts import MOST_TYPED, AmountFilter, Amounts
from accounts.exchange.tables import TableAdmin, TableResource
from accounts.models import (
    FeatureGrant,
    GrantedBy,
    Plan,
    Referral,
    RequestState,
    Status,
    Subscription,
    SubscriptionChange,
    UpgradeRequest,
    User,
)
from accounts.roles import Role
from accounts.subscriptions import By
from stats import ledger

MONTH, YEAR = 30, 365
ROLE_COLOURS = {Role.SUBSCRIBER.label: "info", Role.PREMIUM.label: "warning", Role.ADMIN.label: "danger"}
STATUS_COLOURS = {
    Status.ACTIVE: "success",
    Status.TRIALING: "info",
    Status.PAST_DUE: "warning",
    Status.EXPIRED: "danger",
}


def me(request: HttpRequest) -> User:
    """Return who works in the admin."""
    return cast(User, request.user)


class ReadOnly:
    """No adding, changing or deleting: what is here is a fact."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class SubscriptionActions:
    """What staff do with the subscriptions of the selected rows."""

    subscription_actions = (
        "give_subscriber",
        "give_premium",
        "extend_month",
        "extend_year",
        "cancel_at_end",
        "cancel_now",
        "expire_now",
    )

    def has_subscription_permission(self, request: HttpRequest) -> bool:
        """Whether this person may change subscriptions."""
        return request.user.has_perm("accounts.change_subscription")

    def people(self, rows: Iterable[Any]) -> list[User]:
        """Return whose subscriptions are meant, each once."""
        people = {row.pk if isinstance(row, User) else row.user_id: row for row in rows}
        return [row if isinstance(row, User) else row.user for row in people.values()]

    def each(self, request: HttpRequest, rows: QuerySet[Any], act: Callable[[User, By], Any]) -> None:
        """Do something for each person, and say for how many it was refused."""
        by, done, refused = By(GrantedBy.ADMIN, me(request)), 0, 0
        for person in self.people(rows):
            try:
                act(person, by)
                done += 1
            except APIException:
                refused += 1
        if done:
            text = ngettext("Changed %d subscription.", "Changed %d subscriptions.", done) % done
            messages.success(request, text)
        if refused:
            text = ngettext(
                "%d member has no running subscription.", "%d members have no running subscription.", refused
            )
            messages.warning(request, text % refused)

    @admin.action(description=_("Give Subscriber for a year"), permissions=["subscription"])
    def give_subscriber(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        self.each(
            request, rows, lambda user, by: subscriptions.upgrade_subscription(user, Role.SUBSCRIBER, YEAR, by=by)
        )

    @admin.action(description=_("Give Premium for a year"), permissions=["subscription"])
    def give_premium(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        self.each(request, rows, lambda user, by: subscriptions.upgrade_subscription(user, Role.PREMIUM, YEAR, by=by))

    @admin.action(description=_("Extend by 30 days"), permissions=["subscription"])
    def extend_month(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        self.each(request, rows, lambda user, by: subscriptions.extend(user, MONTH, by=by))

    @admin.action(description=_("Extend by a year"), permissions=["subscription"])
    def extend_year(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        self.each(request, rows, lambda user, by: subscriptions.extend(user, YEAR, by=by))

    @admin.action(description=_("Cancel at the period's end"), permissions=["subscription"])
    def cancel_at_end(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        self.each(request, rows, lambda user, by: subscriptions.cancel(user, by=by))

    @admin.action(description=_("Cancel now"), permissions=["subscription"])
    def cancel_now(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        self.each(request, rows, lambda user, by: subscriptions.cancel(user, at_period_end=False, by=by))

    @admin.action(description=_("Let it expire now"), permissions=["subscription"])
    def expire_now(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        self.each(request, rows, lambda user, by: subscriptions.expire(user, by=by))


class NewMemberForm(ModelForm):
    """A member as staff make one: a password comes with the first reset."""

    username = CharField(label=_("username"), strip=False)
    email = CharField(label=_("e-mail address"), strip=False)

    class Meta:
        model = User
        fields = ("username", "email")

    def clean_username(self) -> str:
        """Refuse what is reserved or misleading."""
        return names.clean_username(self.cleaned_data["username"])

    def clean_email(self) -> str:
        """Refuse what is no address."""
        return names.clean_email(self.cleaned_data["email"])


class UserResource(resources.ModelResource):
    """What an export of members has."""

    user_id = fields.Field(attribute="uuid", column_name="user_id")
    role = fields.Field(column_name="role")

    class Meta:
        model = User
        fields = ("user_id", "username", "email", "role", "is_active", "created_at", "updated_at")
        export_order = fields

    def before_export(self, queryset: Any, **kwargs: Any) -> None:
        """Read the roles of all at once."""
        entitlements.load(queryset)

    def dehydrate_email(self, user: User) -> str:
        """The address; what a spreadsheet would run as a formula begins with an apostrophe."""
        return f"'{user.email}" if user.email[:1] in set("=+-@|%;") else user.email

    def dehydrate_role(self, user: User) -> str:
        """The role that holds now."""
        return entitlements.role_of(user).value


class RoleFilter(admin.SimpleListFilter):
    """Members by the role that holds now."""

    title = _("role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(role.value, role.label) for role in Role]

    def queryset(self, request: HttpRequest, found: QuerySet[User]) -> QuerySet[User]:
        role = next((role for role in Role if role == self.value()), None)
        if role is None:
            return found
        fits = queries.directory(timezone.now(), role=role)
        return found.filter(pk__in=fits.order_by().values("pk"))


class SubscriptionInline(ReadOnly, TabularInline):
    """The member's subscriptions."""

    model = Subscription
    extra = 0
    tab = True
    fields = ("plan", "status", "starts_at", "current_period_end", "cancel_at_period_end", "granted_by")


class GrantInline(TabularInline):
    """Features given to, or taken from, the member."""

    model = FeatureGrant
    extra = 0
    tab = True
    fields = ("feature", "granted", "expires_at", "note")


@admin.register(User)
class UserAdmin(SubscriptionActions, ExportMixin, ModelAdmin):
    """Members. They are deactivated, by the actions alone, never deleted: the log speaks of them."""

    add_form = NewMemberForm
    resource_classes = [UserResource]
    export_form_class = ExportForm
    list_display = ("member", "email", "role", "is_active", "is_staff", "created_at", "last_login")
    list_filter = (
        RoleFilter,
        "is_active",
        "is_staff",
        ("created_at", RangeDateTimeFilter),
        ("last_login", RangeDateTimeFilter),
    )
    list_filter_submit = True
    search_fields = ("username", "email", "first_name", "last_name", "uuid")
    ordering = ("-created_at",)
    compressed_fields = True
    filter_horizontal = ("user_permissions",)
    inlines = (SubscriptionInline, GrantInline)
    actions = (*SubscriptionActions.subscription_actions, "activate", "deactivate")
    readonly_fields = ("public_id", "username", "email", "role", "is_active", "last_login", "created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("username", "email", "public_id", "role", "is_active")}),
        (_("Profile"), {"fields": ("first_name", "last_name", "bio", "time_zone", "locale", "theme", "opted_out")}),
        (_("Staff"), {"fields": ("is_staff", "is_superuser", "user_permissions")}),
        (_("Times"), {"fields": ("created_at", "updated_at", "last_login")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "email")}),)

    @display(description=_("member"), ordering="username", header=True)
    def member(self, user: User) -> tuple[str, str]:
        return user.username, user.get_full_name()

    @display(description=_("public id"))
    def public_id(self, user: User) -> str:
        return str(user.uuid)

    @display(description=_("role"), label=ROLE_COLOURS)
    def role(self, user: User) -> str:
        return entitlements.role_of(user).label

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Read the roles of a page's members at once."""
        changelist = super().get_changelist_instance(request)
        entitlements.load(changelist.result_list)
        return changelist

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for a name and an address first, for the rest later."""
        return super().get_fieldsets(request, obj) if obj else self.add_fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Only superusers make staff."""
        if obj is None:
            return ()
        staff = () if request.user.is_superuser else ("is_staff", "is_superuser", "user_permissions")
        return (*self.readonly_fields, *staff)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Somebody new has no subscriptions."""
        return self.inlines if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Use the short form for somebody new."""
        if obj is None:
            kwargs["form"] = self.add_form
        return super().get_form(request, obj, change, **kwargs)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Make members as the API does."""
        if change:
            with ledger.recording():
                super().save_model(request, obj, form, change)
                members.record_settings(obj, form.changed_data)
        else:
            made = members.create(obj.username, obj.email, by=By(GrantedBy.ADMIN, me(request)))
            obj.__dict__.update(made.__dict__)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody is deleted."""
        return False

    @admin.action(description=_("Activate"), permissions=["change"])
    def activate(self, request: HttpRequest, rows: QuerySet[User]) -> None:
        count = sum(activation.activate(row, by=me(request)) for row in rows)
        messages.success(request, ngettext("Activated %d member.", "Activated %d members.", count) % count)

    @admin.action(description=_("Deactivate"), permissions=["change"])
    def deactivate(self, request: HttpRequest, rows: QuerySet[User]) -> None:
        others = [row for row in rows if activation.may_deactivate(row, me(request))]
        count = sum(activation.deactivate(row, by=me(request)) for row in others)
        messages.success(request, ngettext("Deactivated %d member.", "Deactivated %d members.", count) % count)
        if len(others) < rows.count():
            messages.warning(request, _now("You yourself, and staff beyond your say, stay active."))


class PlanResource(TableResource):
    """What a file of plans has."""

    fixed = ("role", "currency", "interval")

    class Meta(TableResource.Meta):
        model = Plan
        import_id_fields = ("key",)
        fields = (
            "key", "name", "description", "role", "price_minor", "currency", "interval", "trial_days", "is_offered",
        )  # fmt: skip
        export_order = fields


class PlanForm(ModelForm):
    """A plan as staff make and change it: its price is typed as people write it."""

    price = CharField(
        label=_("Price"),
        max_length=MOST_TYPED,
        help_text=_("In the plan's currency, such as 9.99 or 9.99 EUR. A new one is for who buys from then on."),
        widget=UnfoldAdminTextInputWidget,
    )

    class Meta:
        model = Plan
        fields = ("key", "name", "description", "role", "currency", "interval", "trial_days", "is_offered")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial.setdefault("price", money.typed(self.instance.price_minor, self.instance.currency))

    def add_error(self, field: str | None, error: Any) -> None:
        """Say of the price what the model says of its minor units."""
        if "price_minor" in (told := getattr(error, "error_dict", {})):
            told["price"] = told.pop("price_minor")
        super().add_error(field, error)

    def clean(self) -> dict[str, Any]:
        """Read the price in the currency that the plan has, or is to have."""
        told = super().clean() or self.cleaned_data
        currency = told.get("currency", "") if "currency" in self.fields else self.instance.currency
        if "price" in told and (currency or "currency" not in self.fields):
            try:
                price_minor, _currency = money.read(told["price"], currency, most_minor=Plan.MOST_MINOR)
            except ValidationError as error:
                self.add_error("price", error)
            else:
                self.instance.price_minor = price_minor
        return told


@admin.register(Plan)
class PlanAdmin(TableAdmin, ModelAdmin):
    """What is sold. Only a plan that nobody has had can be deleted."""

    form = PlanForm
    resource_classes = [PlanResource]
    list_display = ("name", "role", "price", "interval", "trial_days", "is_offered")
    list_filter = ("role", "is_offered", ("price_minor", AmountFilter))
    list_filter_submit = True
    fields = ("key", "name", "description", "role", "price", "currency", "interval", "trial_days", "is_offered")

    @admin.display(description=_("price"), ordering="price_minor")
    def price(self, plan: Plan) -> str:
        return money.written(plan.price_minor, plan.currency)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Key, role, currency and interval are for ever; a new price is for who buys from now on."""
        return ("key", "role", "currency", "interval") if obj else ()


class RateAfter:
    """A column for what a line of the ledger leaves: the run rate of a year, in its currency."""

    @admin.display(description=_("run rate after"))
    def rate_after(self, change: SubscriptionChange) -> str:
        return money.written(change.run_rate_after, change.currency)


class ChangeInline(RateAfter, ReadOnly, TabularInline):
    """The subscription's lines of the ledger."""

    model = SubscriptionChange
    extra = 0
    fields = ("at", "change", "plan", "role_before", "role_after", "period_end", "rate_after", "by", "by_user")
    readonly_fields = ("rate_after",)


@admin.register(Subscription)
class SubscriptionAdmin(SubscriptionActions, Amounts, ReadOnly, ModelAdmin):
    """Subscriptions: read here, changed by the actions."""

    list_display = (
        "user",
        "plan",
        "state",
        "price",
        "starts_at",
        "current_period_end",
        "cancel_at_period_end",
        "granted_by",
    )
    list_filter = (
        "status",
        "plan",
        "granted_by",
        "gateway",
        "cancel_at_period_end",
        ("price_minor", AmountFilter),
        ("current_period_end", RangeDateTimeFilter),
    )
    list_filter_submit = True
    list_select_related = ("user", "plan", "next_plan")
    search_fields = ("user__username", "user__email")
    date_hierarchy = "starts_at"
    inlines = (ChangeInline,)
    actions = SubscriptionActions.subscription_actions
    amounts = {"price_minor": "price", "next_price_minor": "next_price", "credit_minor": "credit", "currency": ""}

    @display(description=_("status"), ordering="status", label=STATUS_COLOURS)
    def state(self, subscription: Subscription) -> tuple[str, str]:
        if subscription.periods() and subscription.periods()[-1].ends_at <= timezone.now():
            return Status.EXPIRED, str(Status.EXPIRED.label)
        return subscription.status, subscription.get_status_display()

    @admin.display(description=_("price"), ordering="price_minor")
    def price(self, subscription: Subscription) -> str:
        return money.written(subscription.price_minor, subscription.currency) if subscription.is_paid else "—"

    @admin.display(description=_("price after that"))
    def next_price(self, subscription: Subscription) -> str | None:
        return money.written(subscription.next_price_minor, subscription.currency) if subscription.next_plan else None

    @admin.display(description=_("credit"))
    def credit(self, subscription: Subscription) -> str:
        return money.written(subscription.credit_minor, subscription.currency)


@admin.register(SubscriptionChange)
class SubscriptionChangeAdmin(RateAfter, Amounts, ReadOnly, ModelAdmin):
    """The ledger of subscriptions."""

    amounts = {"run_rate_before": "rate_before", "run_rate_after": "rate_after", "currency": ""}

    list_display = ("at", "user", "change", "plan", "role_before", "role_after", "period_end", "by", "by_user")
    list_filter = ("change", "by", ("at", RangeDateTimeFilter))
    list_filter_submit = True
    list_select_related = ("user", "plan", "by_user")
    search_fields = ("user__username", "user__email")
    date_hierarchy = "at"

    @admin.display(description=_("run rate before"))
    def rate_before(self, change: SubscriptionChange) -> str:
        return money.written(change.run_rate_before, change.currency)


@admin.register(FeatureGrant)
class FeatureGrantAdmin(ModelAdmin):
    """Single features given to, or taken from, single members."""

    list_display = ("user", "feature", "granted", "expires_at", "note")
    list_filter = ("feature", "granted")
    list_select_related = ("user",)
    search_fields = ("user__username", "user__email")
    autocomplete_fields = ("user",)


@admin.register(Referral)
class ReferralAdmin(ReadOnly, ModelAdmin):
    """Who brought whom along, and since when it counts."""

    list_display = ("member", "referrer", "signed_up_at", "confirmed_at")
    list_select_related = ("member", "referrer")
    search_fields = ("member__username", "referrer__username")
    date_hierarchy = "signed_up_at"
    ordering = ("-signed_up_at",)


@admin.register(UpgradeRequest)
class UpgradeRequestAdmin(ReadOnly, ModelAdmin):
    """Who asked for which plan; the answer is an action."""

    list_display = ("user", "plan", "status", "created_at", "answered_at", "answered_by")
    list_filter = ("state", "plan")
    list_select_related = ("user", "plan", "answered_by")
    search_fields = ("user__username", "user__email")
    actions = ("grant_month", "grant_year", "decline")

    @display(
        description=_("state"),
        ordering="state",
        label={RequestState.OPEN: "warning", RequestState.GRANTED: "success", RequestState.DECLINED: "danger"},
    )
    def status(self, request: UpgradeRequest) -> tuple[str, str]:
        return request.state, request.get_state_display()

    def has_answer_permission(self, request: HttpRequest) -> bool:
        """Whether this person may answer."""
        return request.user.has_perm("accounts.change_subscription")

    @admin.action(description=_("Grant for 30 days"), permissions=["answer"])
    def grant_month(self, request: HttpRequest, rows: QuerySet[UpgradeRequest]) -> None:
        self._answer(request, rows, lambda row: upgrades.grant(row, me(request), MONTH))

    @admin.action(description=_("Grant for a year"), permissions=["answer"])
    def grant_year(self, request: HttpRequest, rows: QuerySet[UpgradeRequest]) -> None:
        self._answer(request, rows, lambda row: upgrades.grant(row, me(request), YEAR))

    @admin.action(description=_("Decline"), permissions=["answer"])
    def decline(self, request: HttpRequest, rows: QuerySet[UpgradeRequest]) -> None:
        self._answer(request, rows, lambda row: upgrades.decline(row, me(request)))

    def _answer(
        self, request: HttpRequest, rows: QuerySet[UpgradeRequest], act: Callable[[UpgradeRequest], bool]
    ) -> None:
        answers = [act(row) for row in rows.select_related("user", "plan")]
        count = sum(answers)
        if count:
            messages.success(request, ngettext("Answered %d request.", "Answered %d requests.", count) % count)
        if count < len(answers):
            messages.warning(request, _now("What was answered before stays as it was."))
