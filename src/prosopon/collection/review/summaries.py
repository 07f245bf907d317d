"""What a cluster's or a person's faces have in common, as pictures for their pages."""

import numpy as np

from prosopon.collection import summaries
from prosopon.collection.review.session import Review
from prosopon.collection.view import CollectionView
from prosopon.errors import NotHere
from prosopon.languages import gettext as _
from prosopon.records import Int64

FEWEST, MOST = 3, 120
"""Faces that are summed up; of more, those that belong most firmly."""


def kinds(review: Review) -> list[str]:
    """The pictures that can be made: of the faces, and of their attributes if any are known."""
    known = review.collection.attributes.known()
    return ["faces", "attributes"] if known else ["faces"]


def of_cluster(view: CollectionView, identifier: int) -> list[int]:
    """The faces of a cluster to sum up. Raises NotHere."""
    label = view.faces.label(identifier)
    if label is None or not view.cluster_sizes[label]:
        raise NotHere(_("There is no cluster %(number)s now.", number=identifier))
    return _chosen(view, view.faces.members(label))


def of_person(view: CollectionView, identifier: str) -> list[int]:
    """The faces of a person to sum up. Raises NotHere."""
    person = view.person(identifier)
    if person is None:
        raise NotHere(_("There is no such person."))
    rows = np.flatnonzero((view.who == view.number[person.id]) & ~view.doubtful)
    return _chosen(view, rows[np.argsort(-view.faces.membership[rows], kind="stable")])


def draw(review: Review, kind: str, faces: list[int]) -> bytes:
    """A PNG of one of the `kinds`. Raises NotHere where there is nothing to show."""
    collection, made = review.collection, b""
    if len(faces) >= FEWEST and kind == "faces":
        made = summaries.eigenface(collection, summaries.pictures(collection, faces))
    if len(faces) >= FEWEST and kind == "attributes" and collection.attributes.known():
        made = summaries.occurrence(collection.attributes(), faces)
    if not made:
        raise NotHere(_("There is no such picture."))
    return made


def _chosen(view: CollectionView, rows: Int64) -> list[int]:
    """Faces that may be shown; none from a photograph in which somebody is withheld, as a picture
    of one face may hold a part of the next."""
    withheld = view.faces.photo_ids[view.withheld]
    shown = view.shown[rows] & ~np.isin(view.faces.photo_ids[rows], withheld)
    chosen: list[int] = view.faces.face_ids[rows[shown]][:MOST].tolist()
    return chosen
