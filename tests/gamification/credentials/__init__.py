"""Credentials: signed, baked, listed when taken back, checked."""
