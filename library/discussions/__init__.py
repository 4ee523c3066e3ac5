"""What learners ask and answer in a course."""
