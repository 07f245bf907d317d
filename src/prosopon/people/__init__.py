"""Decisions + Clustering → names with reasons.

What people decide is an append-only log of `Decision`s on faces and persons. `replay` tells what
holds after them, on the faces that are known now, and which of them contradict one another.
"""

from prosopon.people.decisions import Conflict, Decision, Region, from_json, to_json
from prosopon.people.face_decisions import Identification
from prosopon.people.face_locator import Places
from prosopon.people.kinds import Kind
from prosopon.people.replay import Changes, DecisionLog, replay
from prosopon.people.state import State

__all__ = [
    "Changes",
    "Conflict",
    "Decision",
    "DecisionLog",
    "Identification",
    "Kind",
    "Places",
    "Region",
    "State",
    "from_json",
    "replay",
    "to_json",
]
