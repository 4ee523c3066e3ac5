"""The staff's dashboards: a registry of panels, and the pages that show them."""
