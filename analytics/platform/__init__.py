"""The platform's own numbers by day, week and month: members, engagement, courses, teachers, the system's health."""
