"""Who may do what: one table of all routes, in parts by area, and the walk that tries every row as every role."""
