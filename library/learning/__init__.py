"""Courses: building, taking, completing and judging them."""
