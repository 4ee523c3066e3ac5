"""Achievements in the admin: drafts to write, a dry run before each publishing, and taking back what was given wrongly."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from accounts.models import User
from accounts.requests import MemberRequest
from gamification.achievements import previewing, writing
from gamification.achievements.criteria import WINDOWS, Rarity
from gamification.achievements.models import Achievement, AchievementVersion, Withheld
from gamification.refusals import Refused


def metric_choices() -> list[tuple[str, str]]:
    """Return the numbers of a member that an achievement may ask for."""
    return [(key, f"{metric.group}: {metric.label} ({key})") for key, metric in writing.metrics().items()]


def icon_choices() -> list[tuple[str, str]]:
    """Return the icons, and none for a numeral."""
    return [("", str(_("None: a numeral"))), *((name, name) for name in writing.icons())]


class AchievementForm(forms.ModelForm):
    """What the next version says. Saving writes a draft; it holds once it is published."""

    name = forms.CharField(label=_("Name"), max_length=80, widget=UnfoldAdminTextInputWidget)
    description = forms.CharField(
        label=_("Description"), max_length=300, widget=UnfoldAdminTextInputWidget, help_text=_("“Complete 10 lessons”.")
    )
    category = forms.CharField(label=_("Category"), max_length=40, required=False, widget=UnfoldAdminTextInputWidget)
    icon = forms.ChoiceField(label=_("Icon"), choices=icon_choices, required=False, widget=UnfoldAdminSelectWidget)
    numeral = forms.CharField(
        label=_("Numeral"),
        max_length=4,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Stands on the badge instead of an icon, as the 5 of level 5."),
    )
    color = forms.CharField(
        label=_("Badge colour"),
        max_length=7,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Like #1a2b3c. Empty: that of its rarity."),
    )
    metric = forms.ChoiceField(label=_("Number"), choices=metric_choices, widget=UnfoldAdminSelectWidget)
    window = forms.ChoiceField(
        label=_("Over"), choices=[(name, name) for name in WINDOWS], initial="all", widget=UnfoldAdminSelectWidget
    )
    tiers = forms.CharField(
        label=_("Tiers"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        help_text=_("One a line: from which value on, points, rarity. Like: 10 100 common"),
    )
    every = forms.FloatField(
        label=_("Repeated every"),
        initial=0,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Another tier for each such step beyond the last. 0: none."),
    )
    is_hidden = forms.BooleanField(label=_("Hidden until unlocked"), required=False, widget=UnfoldBooleanSwitchWidget)

    class Meta:
        model = Achievement
        fields = ("key", "position")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        latest = writing.latest_of(self.instance) if self.instance.pk else None
        if latest is not None:
            for name, field in self.fields.items():
                if hasattr(latest, name):
                    field.initial = self.initial[name] = getattr(latest, name)
            self.initial["tiers"] = tiers_in_words(latest)

    def clean_tiers(self) -> list[dict[str, Any]]:
        """Read the lines."""
        return [_tier(line) for line in self.cleaned_data["tiers"].splitlines() if line.strip()]

    def clean(self) -> dict[str, Any]:
        """Ask whether it is a rule."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors:
            given = {name: cleaned[name] for name in writing.Draft.__dataclass_fields__}
            self.draft = writing.Draft(**given | {"every": cleaned["every"] or 0, "color": cleaned["color"].lower()})
            try:
                writing.check(self.draft, self.instance if self.instance.pk else None)
            except Refused as refused:
                place = refused.field if refused.field in self.fields else "name"
                self.add_error(place, forms.ValidationError(str(refused.detail), code=refused.code))
        return cleaned


def _tier(line: str) -> dict[str, Any]:
    """Read one line. Raises ValidationError."""
    parts = line.split()
    try:
        threshold, points, rarity = float(parts[0]), int(parts[1]), (parts[2:] or [Rarity.COMMON.value])[0].lower()
    except (ValueError, IndexError) as error:
        words = _now("“%(line)s” is not a value, points and a rarity.") % {"line": line.strip()[:80]}
        raise forms.ValidationError(words, code="invalid_rule") from error
    return {"threshold": int(threshold) if threshold.is_integer() else threshold, "points": points, "rarity": rarity}


def tiers_in_words(version: AchievementVersion) -> str:
    """Return the tiers, one a line."""
    return "\n".join(f"{tier['threshold']:g} {tier['points']} {tier['rarity']}" for tier in version.tiers)


@admin.register(Achievement)
class AchievementAdmin(ModelAdmin):
    """The editor. What holds is changed by publishing a version, after a dry run."""

    form = AchievementForm
    list_display = ("named", "asks_for", "state", "current", "holders", "position")
    search_fields = ("key", "versions__name")
    ordering = ("position", "id")
    actions = ("retire", "restore")
    actions_detail = ("dry_run",)
    fields = (
        "name", "description", "category", "icon", "numeral", "color", "metric", "window", "tiers", "every", "is_hidden",
        "key", "position", "state", "history",
    )  # fmt: skip
    readonly_fields = ("state", "history")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Achievement]:
        """Return them with their versions."""
        return super().get_queryset(request).prefetch_related("versions")

    def get_readonly_fields(self, request: HttpRequest, obj: Achievement | None = None) -> Any:
        """Keep the key of one that is there: unlocks are stored under it."""
        return (*self.readonly_fields, "key") if obj else self.readonly_fields

    def get_fields(self, request: HttpRequest, obj: Achievement | None = None) -> Any:
        """Leave out what one that is not there has not."""
        return self.fields if obj else [name for name in self.fields if name not in self.readonly_fields]

    def save_model(self, request: MemberRequest, obj: Achievement, form: AchievementForm, change: bool) -> None:
        """Write the draft."""
        if change:
            Achievement.objects.filter(pk=obj.pk).update(position=obj.position)
            writing.revise(obj, form.draft, request.user)
        else:
            made = writing.create(form.draft, request.user, obj.key)
            obj.pk, obj.uuid, obj.position = made.pk, made.uuid, made.position
        messages.info(request, _now("This is a draft. See what it would do, then publish it."))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: members have it. Retire it instead."""
        return False

    @admin.display(description=_("name"))
    def named(self, achievement: Achievement) -> str:
        """Return the name of the newest version."""
        return _latest(achievement).name

    @admin.display(description=_("asks for"))
    def asks_for(self, achievement: Achievement) -> str:
        """Return the number and the thresholds."""
        version = _latest(achievement)
        thresholds = ", ".join(f"{tier['threshold']:g}" for tier in version.tiers)
        return f"{version.metric}: {thresholds}"

    @admin.display(description=_("state"))
    def state(self, achievement: Achievement) -> str:
        """Return in a word where it stands."""
        if achievement.is_retired:
            return _now("Retired")
        if not achievement.current:
            return _now("Draft")
        if _latest(achievement).published_at is None:
            return _now("Published, with a draft")
        return _now("Published")

    @admin.display(description=_("versions"))
    def history(self, achievement: Achievement) -> str:
        """Return what each version asked for, the newest first."""
        rows = sorted(achievement.versions.all(), key=lambda row: -row.number)
        lines = (
            (
                row.number,
                row.name,
                row.metric,
                tiers_in_words(row).replace("\n", "; "),
                row.published_at.strftime("%Y-%m-%d %H:%M") if row.published_at else _now("not published"),
            )
            for row in rows
        )
        return format_html_join("", "<div>{}. {} · {}: {} · {}</div>", lines)

    @action(description=_("Dry run and publish"), url_path="dry-run", permissions=["change"])
    def dry_run(self, request: MemberRequest, object_id: int) -> HttpResponse:
        """Show what publishing the newest version would do; on POST, publish it."""
        achievement = get_object_or_404(Achievement, pk=object_id)
        version = writing.latest_of(achievement)
        address = reverse("admin:gamification_achievement_change", args=[achievement.pk])
        if version is None:
            return HttpResponseRedirect(address)
        if request.method == "POST":
            self._publish(request, achievement)
            return HttpResponseRedirect(address)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "original": achievement,
            "title": _now("Dry run: %(name)s") % {"name": version.name},
            "version": version,
            "preview": previewing.preview(achievement, version),
            "back": address,
        }
        return render(request, "admin/gamification/achievement/dry_run.html", context)

    def _publish(self, request: HttpRequest, achievement: Achievement) -> None:
        try:
            version = writing.publish(achievement)
        except Refused as refused:
            messages.error(request, str(refused.detail))
            return
        if version is None:
            messages.info(request, _now("There is no draft: what is published holds."))
        else:
            self.log_change(request, achievement, f"Published version {version.number}.")
            messages.success(request, _now("Published. Who has earned it already gets it within minutes."))

    @admin.action(description=_("Retire: give it to nobody any more"), permissions=["change"])
    def retire(self, request: HttpRequest, queryset: QuerySet[Achievement]) -> None:
        """Retire the selected ones."""
        for achievement in queryset:
            writing.retire(achievement)
        done = ngettext("%(count)d achievement is retired.", "%(count)d achievements are retired.", len(queryset))
        messages.success(request, done % {"count": len(queryset)})

    @admin.action(description=_("Restore: give it again"), permissions=["change"])
    def restore(self, request: HttpRequest, queryset: QuerySet[Achievement]) -> None:
        """Restore the selected ones."""
        for achievement in queryset:
            writing.retire(achievement, False)
        done = ngettext(
            "%(count)d achievement is given again.", "%(count)d achievements are given again.", len(queryset)
        )
        messages.success(request, done % {"count": len(queryset)})


def _latest(achievement: Achievement) -> AchievementVersion:
    """Return the newest of the versions that were fetched with it."""
    return max(achievement.versions.all(), key=lambda row: row.number)


class WithheldForm(forms.ModelForm):
    """From whom to take which achievement, and why."""

    username = forms.CharField(label=_("Username"), max_length=150, widget=UnfoldAdminTextInputWidget)

    class Meta:
        model = Withheld
        fields = ("username", "achievement", "reason")

    def clean_username(self) -> str:
        """Find the member."""
        name: str = self.cleaned_data["username"]
        person = User.objects.filter(username=name).first()
        if person is None:
            raise forms.ValidationError(_("There is no such member."), code="unknown_member")
        self.instance.actor = person.uuid
        return name

    def clean(self) -> dict[str, Any]:
        """Refuse to take twice."""
        cleaned: dict[str, Any] = super().clean() or {}
        taken = Withheld.objects.filter(actor=self.instance.actor, achievement=cleaned.get("achievement"))
        if not self.errors and taken.exists():
            self.add_error(
                "username", forms.ValidationError(_("It is withheld from this member already."), "already_exists")
            )
        return cleaned


@admin.register(Withheld)
class WithheldAdmin(ModelAdmin):
    """What staff took from members: they do not get it again unless this is deleted."""

    form = WithheldForm
    list_display = ("achievement", "member", "reason", "by", "at")
    list_select_related = ("achievement", "by")
    ordering = ("-at",)

    @admin.display(description=_("member"))
    def member(self, row: Withheld) -> str:
        """Return the username, or the id of who is gone."""
        return User.objects.filter(uuid=row.actor).values_list("username", flat=True).first() or str(row.actor)

    def save_model(self, request: MemberRequest, obj: Withheld, form: forms.ModelForm, change: bool) -> None:
        """Take it, with what it paid."""
        made = writing.withhold(obj.achievement, obj.actor, obj.reason, request.user)
        obj.pk = made.pk

    def delete_model(self, request: HttpRequest, obj: Withheld) -> None:
        """Let the member have it again, if it is earned."""
        writing.give_back(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Withheld]) -> None:
        """Let the members have them again."""
        for row in queryset:
            writing.give_back(row)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: delete it and take it anew."""
        return False
