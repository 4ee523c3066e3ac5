"""The staff's desk: who the members are, one of them in full, and what staff did with them."""
