"""The pages and the API on which instructors build their courses."""
