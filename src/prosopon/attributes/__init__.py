"""Chips → the 40 CelebA attributes.

    model = load(zoo.load("attributes-head"), zoo.load)
    probabilities = model.predict(chips)          # (n, 40), chips cut to model.template

`datasets.vocabulary` names the attributes and says what to mind;
`grouping` groups faces by attribute. Training (`recipes`, `tasks`, `networks`) needs PyTorch and is
imported from its modules.
"""

from prosopon.attributes.models import ChipAttributes, load
from prosopon.datasets.vocabulary import CELEBA, NAMES, Attribute

__all__ = ["CELEBA", "NAMES", "Attribute", "ChipAttributes", "load"]
