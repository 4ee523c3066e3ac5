"""The dashboards' own panels, a module for each page. `settings.PANELS` says which there are, and in what order."""
