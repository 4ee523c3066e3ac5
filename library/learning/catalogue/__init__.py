"""Finding courses, and the page of one, for everybody."""
