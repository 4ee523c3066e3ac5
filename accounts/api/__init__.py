"""The accounts' part of the API, a module a resource."""
