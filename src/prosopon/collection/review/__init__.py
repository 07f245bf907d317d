"""What a review session alone knows, and what its pages show.

A `Review` is one session on a `Collection`: what is suggested, what was put off. `browse` has one
function for each page, `history` tells the log. The web room turns these into HTML.
"""

from prosopon.collection.review.session import Review

__all__ = ["Review"]
