"""Teams: members with roles, invitations, and where a team stands."""
