"""What a creator sees of the own items: the values of the studio's pages and of the dashboard API, computed nowhere else.

All sums are asked of `stats.compute`; what things are called, of the library.
"""
