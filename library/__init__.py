"""Items' files and pages, social actions, uploads."""
