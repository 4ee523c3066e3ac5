"""Dashboards, health and what mixes all apps."""
