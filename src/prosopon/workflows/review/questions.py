"""What to ask next, and what an answer does."""

from prosopon.errors import UsageError
from prosopon.workflows.review import browse, deeds
from prosopon.workflows.review.deeds import Deed, Target, Who
from prosopon.workflows.review.desk import Desk
from prosopon.workflows.review.views import Face, Question

AT_ONCE = 6
_SHOWN = 48


def ask(desk: Desk) -> list[Question]:
    """The next questions, those that settle most faces first."""
    now = desk.snapshot()
    found = []
    for label in now.to_name.tolist():
        key = f"c{now.stock.identifiers[label]}"
        if key in desk.put_off:
            continue
        cluster, _, _ = browse.cluster(desk, int(now.stock.identifiers[label]))
        known: list[Face] = []
        if cluster.proposal is not None:
            _, known, _ = browse.person(desk, cluster.proposal.person.id)
        found.append(
            Question(
                key=key,
                faces=cluster.faces[:_SHOWN],
                settles=cluster.open,
                proposal=cluster.proposal,
                known=known[:8],
            )
        )
        if len(found) == AT_ONCE:
            break
    return found


def yes(desk: Desk, author: str, target: Target, who: Who) -> Deed:
    """It is as proposed."""
    return deeds.name(desk, author, target, who)


def no(desk: Desk, author: str, target: Target, who: Who) -> Deed:
    """It is not."""
    everybody = Target((*target.faces, *target.others))
    return deeds.reject(desk, author, everybody, who)


def later(desk: Desk, key: str) -> Deed:
    """Put the question off."""
    if not key:
        raise UsageError("Which question?")
    desk.put_off.add(key)
    return Deed("Put off until the next start.")
