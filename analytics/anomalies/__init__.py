"""Days that are not as days like them were, and the mail that tells staff."""
