"""Finding services: the index and its engines, places and distance, need categories, and the search pages.

Holds public facts only. It never learns who a client is: what it is asked is words, a place and filters.
"""
