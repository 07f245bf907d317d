"""Captions name faces: names in texts, their order from left to right, and who is who.

Texts and names in, `Mention`s out; then mentions, faces and their graph → probabilities, over the
whole collection at once.
"""

from prosopon.people.captions.assign import Assigned, Mentions, assign
from prosopon.people.captions.calibration import CaptionCalibration, shipped

__all__ = ["Assigned", "CaptionCalibration", "Mentions", "assign", "shipped"]
