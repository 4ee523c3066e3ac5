"""Quizzes: made by instructors, taken by learners, marked here."""
