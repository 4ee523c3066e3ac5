"""Finding items: searching, browsing, what is out for whom, and doing things with many."""
