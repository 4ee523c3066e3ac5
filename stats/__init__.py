"""Event log, ingest, projections and the numbers read from them."""
