"""In English, as everywhere on the site: the day before the month, the time with 24 hours."""
