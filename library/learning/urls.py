"""Addresses of courses: catalogue, pages of learners and of instructors, API."""

from library.learning.catalogue import urls as catalogue
from library.learning.taking import urls as taking
from library.learning.teaching import urls as teaching

app_name = "learning"

urlpatterns = [*catalogue.urlpatterns, *teaching.urlpatterns, *taking.urlpatterns]
