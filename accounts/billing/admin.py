"""Money in the admin: what came and went back, what is waited for, and what is due. Facts, changed by their actions only."""

from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from accounts import audit
from accounts.billing import buying, giving, money, overview, payments, renewing
from accounts.billing.amounts import MOST_TYPED, AmountFilter, Amounts
from accounts.billing.gateways import Unreachable
from accounts.billing.gateways.manual import MANUAL
from accounts.billing.refusals import Refusal
from accounts.models import (
    ANSWERABLE,
    Charge,
    ChargeState,
    Dispute,
    DisputeState,
    Notice,
    Payment,
    PaymentKind,
    Purchase,
    PurchaseState,
    User,
)
from stats import ledger

COLOURS = {
    PaymentKind.PAYMENT: "success",
    PaymentKind.REFUND: "danger",
    PaymentKind.REFUND_FAILED: "warning",
    PaymentKind.DISPUTE: "danger",
    PaymentKind.DISPUTE_WON: "success",
    PurchaseState.OPEN: "warning",
    PurchaseState.SETTLED: "success",
    ChargeState.CLAIMED: "info",
    ChargeState.PENDING: "warning",
    ChargeState.PAID: "success",
    ChargeState.FAILED: "danger",
    ChargeState.UNKNOWN: "danger",
    DisputeState.INQUIRY: "info",
    DisputeState.WON: "success",
    DisputeState.LOST: "danger",
}


class Fact:
    """No adding, changing or deleting by hand."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class RefundForm(forms.Form):
    """Why, and how much, of one payment or of all that is left of several."""

    reason = forms.CharField(
        label=_("Reason"), max_length=200, help_text=_("The member can read it."), widget=UnfoldAdminTextInputWidget
    )
    amount = forms.CharField(
        label=_("Amount"),
        required=False,
        max_length=MOST_TYPED,
        help_text=_("Empty: all that is left of it."),
        widget=UnfoldAdminTextInputWidget,
    )
    put_back = forms.BooleanField(
        label=_("Take back what it paid for"),
        required=False,
        initial=True,
        help_text=_("Where all of it goes back."),
        widget=UnfoldBooleanWidget,
    )
    by_hand = forms.BooleanField(
        label=_("It has gone back by hand"),
        required=False,
        help_text=_("Only write it down: the gateway is not asked, because the money went another way."),
        widget=UnfoldBooleanWidget,
    )

    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, currency: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        if not currency:
            del self.fields["amount"], self.fields["seen"]

    def clean_amount(self) -> int | None:
        """Return the amount in the smallest unit."""
        if not (typed := self.cleaned_data["amount"]):
            return None
        return money.read(typed, self.currency, least_minor=1, most_minor=payments.MOST_MINOR)[0]


@admin.register(Payment)
class PaymentAdmin(Amounts, Fact, ModelAdmin):
    """The ledger of money."""

    list_display = ("at", "user", "what", "amount", "product", "plan", "gateway", "country", "is_applied")
    list_filter = (
        "kind",
        "product",
        "plan",
        "gateway",
        "is_applied",
        ("amount_minor", AmountFilter),
        ("at", RangeDateTimeFilter),
    )
    list_filter_submit = True
    list_select_related = ("user", "plan")
    search_fields = ("user__username", "user__email", "gateway_ref", "uuid")
    date_hierarchy = "at"
    actions = ("give_back",)
    amounts = {**Amounts.amounts, "snapshot": "made_of"}

    @display(description=_("made of"))
    def made_of(self, payment: Payment) -> str:
        lines = overview.receipt_of(payment).lines
        return "; ".join(f"{line.text} {money.written(line.amount_minor, payment.currency)}" for line in lines)

    @display(description=_("kind"), ordering="kind", label=COLOURS)
    def what(self, payment: Payment) -> tuple[str, str]:
        return payment.kind, payment.get_kind_display()

    def has_refund_permission(self, request: HttpRequest) -> bool:
        """Whether this person may move money."""
        return request.user.has_perm("accounts.change_payment")

    @admin.action(description=_("Give back…"), permissions=["refund"])
    def give_back(self, request: HttpRequest, rows: QuerySet[Payment]) -> HttpResponse | None:
        """Ask for the reason, then give back."""
        chosen = [payment for payment in rows.select_related("user") if payments.refundable_minor(payment)]
        if not chosen:
            messages.warning(request, _now("There is nothing left to give back."))
            return None
        currency = chosen[0].currency if len(chosen) == 1 else ""
        form = RefundForm(
            request.POST if "reason" in request.POST else None,
            currency=currency,
            initial={"seen": payments.refundable_minor(chosen[0])},
        )
        if form.is_valid():
            self._refund(request, chosen, form.cleaned_data)
            return None
        left = [(payment, money.written(payments.refundable_minor(payment), payment.currency)) for payment in chosen]
        context = {
            **self.admin_site.each_context(request),
            "title": _now("Give money back"),
            "form": form,
            "left": left,
            "field": ACTION_CHECKBOX_NAME,
            "opts": self.model._meta,
        }
        return TemplateResponse(request, "admin/accounts/payment/refund.html", context)

    def _refund(self, request: HttpRequest, chosen: list[Payment], asked: dict[str, Any]) -> None:
        me = cast(User, request.user)
        done, waiting = 0, 0
        for payment in chosen:
            try:
                back = giving.give_back(
                    payment,
                    asked.get("amount"),
                    staff=me,
                    reason=asked["reason"],
                    put_back=asked["put_back"],
                    seen_minor=asked.get("seen"),
                    by_hand=asked["by_hand"],
                )
            except Refusal as refusal:
                messages.error(request, f"{payment}: {refusal.detail}")
                continue
            except Unreachable:
                back = None
            done, waiting = done + (back is not None), waiting + (back is None)
        if done:
            messages.success(request, ngettext("Gave %d payment back.", "Gave %d payments back.", done) % done)
        if waiting:
            text = ngettext("%d refund waits for its answer.", "%d refunds wait for their answers.", waiting)
            messages.info(request, text % waiting)


class ByHand:
    """Rows whose money staff record when it is there."""

    def has_record_permission(self, request: HttpRequest) -> bool:
        """Whether this person may record money."""
        return request.user.has_perm("accounts.change_payment")

    def record(self, request: HttpRequest, rows: Any, act: Callable[[Any], Payment | None]) -> None:
        """Record each row's money, with its line in the audit log, and say what came of it."""
        count, unsold = 0, 0
        for row in rows:
            with ledger.recording():
                payment = act(row)
                audit.note(cast(User, request.user), "payment.recorded", payment or row)
            count += 1
            unsold += payment is not None and not payment.is_applied
        if count:
            messages.success(request, ngettext("Recorded %d payment.", "Recorded %d payments.", count) % count)
        if unsold:
            text = ngettext(
                "%d came for what has changed since: give it back.",
                "%d came for what has changed since: give them back.",
                unsold,
            )
            messages.warning(request, text % unsold)


@admin.register(Purchase)
class PurchaseAdmin(ByHand, Amounts, Fact, ModelAdmin):
    """What members are about to pay."""

    list_display = ("created_at", "user", "text", "amount", "gateway", "stands", "settled_at")
    list_filter = ("state", "product", "gateway", ("amount_minor", AmountFilter), ("created_at", RangeDateTimeFilter))
    list_filter_submit = True
    list_select_related = ("user", "plan")
    search_fields = ("user__username", "user__email", "uuid", "text")
    fields = (
        "uuid",
        "user",
        "product",
        "plan",
        "course",
        "text",
        "amount_minor",
        "currency",
        "gateway",
        "state",
        "payment",
        "created_at",
        "settled_at",
    )
    actions = ("money_is_there", "drop")

    @display(description=_("state"), ordering="state", label=COLOURS)
    def stands(self, purchase: Purchase) -> tuple[str, str]:
        return purchase.state, purchase.get_state_display()

    @admin.action(description=_("The money is there"), permissions=["record"])
    def money_is_there(self, request: HttpRequest, rows: QuerySet[Purchase]) -> None:
        now = timezone.now()
        by_hand = rows.filter(gateway=MANUAL.key, state=PurchaseState.OPEN).order_by("pk")
        self.record(request, by_hand, lambda row: buying.settle_within(row, reference="", at=now).payment)

    @admin.action(description=_("Nobody will pay"), permissions=["record"])
    def drop(self, request: HttpRequest, rows: QuerySet[Purchase]) -> None:
        for purchase in rows.filter(state=PurchaseState.OPEN, asked_at=None):
            buying.drop(purchase)


@admin.register(Charge)
class ChargeAdmin(ByHand, Amounts, Fact, ModelAdmin):
    """Renewals: who was asked for which period, and how it went."""

    list_display = ("period_start", "member", "amount", "stands", "attempts", "next_attempt_at", "reason")
    list_filter = (
        "state",
        "subscription__gateway",
        ("amount_minor", AmountFilter),
        ("period_start", RangeDateTimeFilter),
    )
    list_filter_submit = True
    list_select_related = ("subscription__user", "subscription__plan")
    search_fields = ("subscription__user__username", "subscription__user__email")
    ordering = ("-period_start", "-pk")
    actions = ("money_is_there", "nothing_was_taken")
    amounts = {**Amounts.amounts, "credit_minor": "credit"}

    @display(description=_("credit"), ordering="credit_minor")
    def credit(self, charge: Charge) -> str:
        return money.written(charge.credit_minor, charge.currency)

    @display(description=_("member"), ordering="subscription__user__username")
    def member(self, charge: Charge) -> str:
        return charge.subscription.user.username

    @display(description=_("state"), ordering="state", label=COLOURS)
    def stands(self, charge: Charge) -> tuple[str, str]:
        return charge.state, charge.get_state_display()

    @admin.action(description=_("The money is there"), permissions=["record"])
    def money_is_there(self, request: HttpRequest, rows: QuerySet[Charge]) -> None:
        now = timezone.now()
        waits = Q(state__in=ANSWERABLE) | Q(state=ChargeState.FAILED)
        by_hand = (
            rows.filter(waits, subscription__gateway=MANUAL.key).select_related("subscription__user").order_by("pk")
        )
        self.record(request, by_hand, lambda row: renewing.paid_within(row, reference=row.key, at=now))

    @admin.action(description=_("Nothing was taken"), permissions=["record"])
    def nothing_was_taken(self, request: HttpRequest, rows: QuerySet[Charge]) -> None:
        """Let renewals be tried again that the gateway never answered, and of which staff have seen that it took nothing."""
        now, count = timezone.now(), 0
        for charge in rows.filter(state=ChargeState.UNKNOWN).select_related("subscription__user").order_by("pk"):
            with ledger.recording():
                if renewing.untaken_within(charge, at=now):
                    audit.note(cast(User, request.user), "renewal.untaken", charge, person=charge.subscription.user)
                    count += 1
        if count:
            text = ngettext("%d renewal is tried again.", "%d renewals are tried again.", count)
            messages.success(request, text % count)


@admin.register(Dispute)
class DisputeAdmin(Amounts, Fact, ModelAdmin):
    """Payments that a bank contests; they are answered at the gateway."""

    list_display = ("opened_at", "user", "amount", "stands", "reason", "answer_by", "closed_at", "fee")
    list_filter = ("state", "gateway", ("amount_minor", AmountFilter), ("opened_at", RangeDateTimeFilter))
    list_filter_submit = True
    list_select_related = ("user",)
    search_fields = ("user__username", "user__email", "reference")
    date_hierarchy = "opened_at"
    amounts = {**Amounts.amounts, "fee_minor": "fee", "fee_currency": ""}

    @display(description=_("state"), ordering="state", label=COLOURS)
    def stands(self, dispute: Dispute) -> tuple[str, str]:
        return dispute.state, dispute.get_state_display()

    @display(description=_("gateway's fee"), ordering="fee_minor")
    def fee(self, dispute: Dispute) -> str:
        return money.written(dispute.fee_minor, dispute.fee_currency) if dispute.fee_currency else ""


@admin.register(Notice)
class NoticeAdmin(Fact, ModelAdmin):
    """News of a gateway that cannot be entered: read again by themselves, until they fit or somebody has dealt with them."""

    list_display = ("created_at", "kind", "about", "waits_for", "gateway", "received_at")
    list_filter = ("gateway", "kind")
    search_fields = ("reference", "about", "waits_for")
    ordering = ("-created_at", "-pk")
    actions = ("dealt_with",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notice]:
        return super().get_queryset(request).exclude(waits_for="")

    def has_record_permission(self, request: HttpRequest) -> bool:
        """Whether this person may record money."""
        return request.user.has_perm("accounts.change_payment")

    @admin.action(description=_("It is dealt with"), permissions=["record"])
    def dealt_with(self, request: HttpRequest, rows: QuerySet[Notice]) -> None:
        with transaction.atomic():
            for notice in rows.select_for_update():
                audit.note(cast(User, request.user), "notice.dealt_with", notice, {"about": notice.about})
                notice.waits_for, notice.content = "", None
                notice.save(update_fields=["waits_for", "content"])
