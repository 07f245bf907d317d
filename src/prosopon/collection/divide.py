"""A cluster that is not all one person: grouped again, more strictly."""

from prosopon import clustering
from prosopon.collection.cluster import keep, last_run
from prosopon.collection.collection import Collection
from prosopon.collection.deciding import ActionResult
from prosopon.collection.rights import Role
from prosopon.collection.selection import FaceSelection
from prosopon.errors import ProsoponError
from prosopon.languages import ngettext
from prosopon.people import Kind
from prosopon.records import Clustering
from prosopon.stage_timer import StageTimer


def divide(collection: Collection, cluster: int, *, author: str = "") -> ActionResult:
    """Say that a cluster is not all one person, and group it again, more strictly.

    The decision is about its faces without a name, and later runs keep to it. Raises UsageError
    for a cluster that is not there, NotAllowed for those who may only suggest, ProsoponError where
    faces have come or gone since it was made.
    """
    collection.users.by(author).require(Role.CURATOR)
    previous = last_run(collection)
    graph = collection.graph
    if previous.face_ids.tolist() != graph.face_ids.tolist():
        raise ProsoponError(
            f"{collection.name}: faces have come or gone since the last clustering; run  "
            "prosopon cluster --update  first"
        )
    said = collection.people.by(author).mark(FaceSelection(cluster=cluster), Kind.MIXED)
    view, timer = collection.view, StageTimer()
    with timer.lap("clustering"):
        labels = clustering.divided(
            previous.labels, graph, view.mixed, view.faces.threshold, view.constraints
        )
        membership = clustering.membership(graph, labels)
    made = keep(collection, Clustering(graph.face_ids, labels, membership, previous.recipe), timer)
    parts = len(made.changes.split.get(cluster, ())) if made.changes else 0
    told = ngettext(
        "Cluster %(cluster)s: %(number)s group now.",
        "Cluster %(cluster)s: %(number)s groups now.",
        max(parts, 1),
        cluster=cluster,
    )
    return ActionResult(told, said.decisions)
