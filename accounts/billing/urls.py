"""Addresses of what members pay, and of gateways' webhooks."""

from django.urls import path, re_path

from accounts.billing import api, pages

app_name = "billing"

UUID = r"(?P<uuid>[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12})"
COURSE = UUID.replace("<uuid>", "<course>")

urlpatterns = [
    path("billing/", pages.home, name="home"),
    path("billing/plans/<slug:plan>/", pages.change, name="change"),
    path("billing/plans/<slug:plan>/try/", pages.try_out, name="try"),
    path("billing/cancel/", pages.cancel, name="cancel"),
    path("billing/keep/", pages.keep, name="keep"),
    path("billing/card/", pages.card, name="card"),
    path("billing/pay/", pages.pay_again, name="pay-again"),
    path("billing/courses/<uuid:course>/", pages.course, name="course"),
    path("billing/purchases/<uuid:purchase>/", pages.returned, name="return"),
    path("billing/purchases/<uuid:purchase>/withdraw/", pages.withdraw, name="withdraw"),
    path("billing/receipts/<uuid:uuid>/", pages.receipt, name="receipt"),
    re_path(r"^api/billing/?$", api.BillingView.as_view(), name="api-billing"),
    re_path(r"^api/billing/plans/?$", api.PlansView.as_view(), name="api-plans"),
    re_path(r"^api/billing/quote/?$", api.QuoteView.as_view(), name="api-quote"),
    re_path(r"^api/billing/plan/?$", api.PlanView.as_view(), name="api-plan"),
    re_path(r"^api/billing/plan/keep/?$", api.KeepView.as_view(), name="api-keep"),
    re_path(rf"^api/billing/courses/{COURSE}/?$", api.CourseView.as_view(), name="api-course"),
    re_path(rf"^api/billing/purchases/{UUID}/?$", api.PurchaseView.as_view(), name="api-purchase"),
    re_path(r"^api/billing/payments/?$", api.PaymentsView.as_view(), name="api-payments"),
    re_path(rf"^api/billing/payments/{UUID}/?$", api.PaymentView.as_view(), name="api-payment"),
    re_path(rf"^api/billing/payments/{UUID}/refund/?$", api.RefundView.as_view(), name="api-refund"),
    re_path(r"^api/billing/webhooks/stripe/?$", api.StripeWebhookView.as_view(), name="api-stripe"),
]
