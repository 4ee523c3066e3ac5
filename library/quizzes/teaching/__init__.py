"""The pages and the API on which instructors write quizzes."""
