"""Users, roles, plans, subscriptions, guests."""
