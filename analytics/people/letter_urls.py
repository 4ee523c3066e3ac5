"""Addresses of messages of the staff."""

from django.urls import path

from analytics.people import letters

app_name = "letters"

urlpatterns = [path("letters/<uuid:uuid>/", letters.letter, name="letter")]
