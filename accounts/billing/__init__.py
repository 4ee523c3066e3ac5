"""Money: what members pay for plans and courses, through which gateway, and the ledger of it."""
