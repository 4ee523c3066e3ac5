"""A member's channel in their own colours: an accent and a banner on the member page."""
