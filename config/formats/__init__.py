"""How dates are written where a page does not say it: in the administration's lists and forms."""
