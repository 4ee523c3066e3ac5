"""Demo people, items and thirty days of what they did. Everything is made here: drawn, sounded and counted."""
