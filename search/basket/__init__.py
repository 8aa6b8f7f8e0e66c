"""A list of services that somebody gathers while searching, and handing it out: on paper, by mail, as text or QR code.

Nobody has to sign in, and nothing is known of whoever it is for: the list is service ids in a cookie that ends with the
browser. `chosen` is the list itself, `handout` what is told of each service, `letters` the same as plain text, `pages`
the addresses.
"""

from search.basket.chosen import MOST, Basket, basket_of, pack, unpack

__all__ = ["MOST", "Basket", "basket_of", "pack", "unpack"]
