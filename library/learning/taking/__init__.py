"""Taking courses: enrolling, the lesson page, the own courses, certificates; as pages and as API."""
