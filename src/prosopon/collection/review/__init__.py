"""The review page's side of a collection: what its pages show and what can be done on them.

A `Desk` keeps a collection at hand; `browse` has one function for each page, `deeds` one for each
action, `history` tells the log, `pictures` gives JPEGs. The web room only calls these.
"""

from prosopon.collection.review.desk import Desk

__all__ = ["Desk"]
