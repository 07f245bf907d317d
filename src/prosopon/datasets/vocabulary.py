"""The 40 attributes of CelebA: names, plain words, where on the face, how common, what to mind.

Names and order are those of CelebA (Liu, Luo, Wang, Tang, ICCV 2015), frequencies the shares of
positives among its 202,599 photographs. Regions follow Thom and Hand's AttParseNet, whose weak
segments they define. Cautions are shown wherever predictions are.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from prosopon.errors import UsageError
from prosopon.geometry.regions import BASE_REGIONS
from prosopon.records import UInt8


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a face as it appears in a picture."""

    name: str
    """CelebA's name."""
    label: str
    """In plain words."""
    frequency: float
    """Share of CelebA's photographs that carry it."""
    regions: tuple[str, ...]
    """The base regions of the face in which it shows."""
    caution: str = ""
    """What to mind when reading it; empty where it is a plain observation."""


_OPINION = "an opinion of the labellers, not a property of the person"
_GUESS = "a guess from looks; says nothing about how a person identifies"
_LIGHT = "depends on light, exposure and the colours of the print"
_GREY = "depends on colour: doubtful in black-and-white and faded photographs"
_SHAPE = "labellers disagreed much; close to chance in many studies"
_SKIN = "depends on light and print, and was labelled on mostly light-skinned people"

_WHOLE = BASE_REGIONS
_HEAD = ("top of head",)
_BEARD = ("chin", "cheeks", "below chin")

CELEBA = (
    Attribute("5_o_Clock_Shadow", "stubble", 0.1111, (*_BEARD, "above mouth")),
    Attribute("Arched_Eyebrows", "arched eyebrows", 0.2670, ("eyebrows",)),
    Attribute("Attractive", "rated attractive", 0.5125, _WHOLE, _OPINION),
    Attribute("Bags_Under_Eyes", "bags under the eyes", 0.2046, ("cheeks",)),
    Attribute("Bald", "bald", 0.0224, _HEAD),
    Attribute("Bangs", "fringe over the forehead", 0.1516, _HEAD),
    Attribute("Big_Lips", "full lips", 0.2408, ("mouth",), _SHAPE),
    Attribute("Big_Nose", "large nose", 0.2345, ("nose",), _SHAPE),
    Attribute("Black_Hair", "black hair", 0.2393, _HEAD, _GREY),
    Attribute("Blond_Hair", "blond hair", 0.1480, _HEAD, _GREY),
    Attribute("Blurry", "blurred picture", 0.0509, _WHOLE),
    Attribute("Brown_Hair", "brown hair", 0.2052, _HEAD, _GREY),
    Attribute("Bushy_Eyebrows", "bushy eyebrows", 0.1422, ("eyebrows",)),
    Attribute(
        "Chubby",
        "round-faced",
        0.0576,
        ("chin", "cheeks", "above mouth", "below chin", "mouth", "nose", "eyebrows"),
        _OPINION,
    ),
    Attribute("Double_Chin", "double chin", 0.0467, ("below chin",)),
    Attribute("Eyeglasses", "eyeglasses", 0.0651, ("cheeks", "eyes", "eyebrows", "ears")),
    Attribute("Goatee", "goatee", 0.0628, ("chin",)),
    Attribute("Gray_Hair", "grey hair", 0.0419, _HEAD, _GREY),
    Attribute(
        "Heavy_Makeup", "heavy make-up", 0.3869, ("cheeks", "mouth", "eyes", "eyebrows"), _LIGHT
    ),
    Attribute("High_Cheekbones", "high cheekbones", 0.4550, ("cheeks",), "follows smiling closely"),
    Attribute("Male", "looks male", 0.4168, _WHOLE, _GUESS),
    Attribute("Mouth_Slightly_Open", "mouth open", 0.4834, ("mouth",)),
    Attribute("Mustache", "moustache", 0.0415, ("above mouth",)),
    Attribute("Narrow_Eyes", "narrow eyes", 0.1151, ("eyes",), _SHAPE),
    Attribute("No_Beard", "no beard", 0.8349, (*_BEARD, "above mouth")),
    Attribute("Oval_Face", "oval face", 0.2841, ("chin", "cheeks"), _SHAPE),
    Attribute(
        "Pale_Skin",
        "pale skin",
        0.0429,
        ("chin", "cheeks", "above mouth", "below chin", "mouth", "nose"),
        _SKIN,
    ),
    Attribute("Pointy_Nose", "pointed nose", 0.2774, ("nose",), _SHAPE),
    Attribute("Receding_Hairline", "receding hairline", 0.0798, _HEAD),
    Attribute("Rosy_Cheeks", "rosy cheeks", 0.0657, ("cheeks",), _SKIN),
    Attribute("Sideburns", "sideburns", 0.0565, ("cheeks",)),
    Attribute("Smiling", "smiling", 0.4821, ("mouth",)),
    Attribute("Straight_Hair", "straight hair", 0.2084, _HEAD, _SHAPE),
    Attribute("Wavy_Hair", "wavy hair", 0.3196, _HEAD),
    Attribute("Wearing_Earrings", "earrings", 0.1889, ("ears",)),
    Attribute("Wearing_Hat", "hat", 0.0485, _HEAD),
    Attribute("Wearing_Lipstick", "lipstick", 0.4724, ("mouth",), _LIGHT),
    Attribute("Wearing_Necklace", "necklace", 0.1230, ("below chin",), "often below the crop"),
    Attribute("Wearing_Necktie", "necktie", 0.0727, ("below chin",), "often below the crop"),
    Attribute("Young", "looks young", 0.7736, _WHOLE, _OPINION),
)
"""All 40, in CelebA's order."""

NAMES = tuple(attribute.name for attribute in CELEBA)
"""The 40 names, in CelebA's order."""

WITHOUT_THREE = tuple(name for name in NAMES if name not in {"Attractive", "Pale_Skin", "Blurry"})
"""The 37 attributes of Anzalone et al., "Transfer Learning for Facial Attributes Prediction and
Clustering" (2019)."""


def _key(word: str) -> str:
    """Letters and digits alone: `Wearing_Hat`, `wearing hat` and `WearingHat` are one."""
    return "".join(filter(str.isalnum, word.lower()))


_BY_KEY = {
    _key(word): attribute for attribute in CELEBA for word in (attribute.name, attribute.label)
}


def known(word: str) -> Attribute | None:
    """The attribute of that name or label, whatever the case and the signs between words."""
    return _BY_KEY.get(_key(word))


def find(word: str) -> Attribute:
    """As `known`; UsageError where there is none."""
    attribute = known(word)
    if attribute is None:
        raise UsageError(f"no attribute {word!r}; there are: {', '.join(NAMES)}")
    return attribute


def cautions(names: Sequence[str]) -> dict[str, str]:
    """What to mind about these attributes, by their labels; plain observations are left out."""
    found = [find(name) for name in names]
    return {attribute.label: attribute.caution for attribute in found if attribute.caution}


def parse_query(text: str) -> dict[str, bool]:
    """`"eyeglasses, not smiling"` as wanted values by name: `{"Eyeglasses": True, …}`."""
    wanted: dict[str, bool] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        negated, _, rest = part.partition(" ")
        is_negation = negated.lower() in {"not", "no"} and known(part) is None
        name = find(rest if is_negation else part).name
        if wanted.get(name, not is_negation) == is_negation:
            raise UsageError(f"{name} is both wanted and unwanted in {text!r}")
        wanted[name] = not is_negation
    if not wanted:
        raise UsageError("name at least one attribute, such as: eyeglasses, not smiling")
    return wanted


def region_table(names: Sequence[str] = NAMES) -> UInt8:
    """(a, 10) with 1 where an attribute shows in a base region, in the order of BASE_REGIONS."""
    rows = [[region in find(name).regions for region in BASE_REGIONS] for name in names]
    return np.array(rows, np.uint8).reshape(-1, len(BASE_REGIONS))
