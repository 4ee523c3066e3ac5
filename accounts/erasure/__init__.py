"""A member's own copy of everything, and the erasure of a member."""
