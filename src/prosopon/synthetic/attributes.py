"""Which CelebA attributes a drawn face has: read off its parameters, never guessed from pixels."""

import numpy as np

from prosopon.synthetic.appearance import Appearance, Setting
from prosopon.synthetic.paint import greyness
from prosopon.synthetic.person import Person

DRAWN = (
    "5_o_Clock_Shadow", "Arched_Eyebrows", "Bags_Under_Eyes", "Bald", "Bangs", "Big_Lips",
    "Big_Nose", "Black_Hair", "Blond_Hair", "Blurry", "Brown_Hair", "Bushy_Eyebrows", "Chubby",
    "Double_Chin", "Eyeglasses", "Goatee", "Gray_Hair", "Heavy_Makeup", "High_Cheekbones",
    "Male", "Mouth_Slightly_Open", "Mustache", "Narrow_Eyes", "No_Beard", "Oval_Face",
    "Pale_Skin", "Pointy_Nose", "Receding_Hairline", "Rosy_Cheeks", "Sideburns", "Smiling",
    "Straight_Hair", "Wavy_Hair", "Wearing_Earrings", "Wearing_Hat", "Wearing_Lipstick",
    "Wearing_Necklace", "Wearing_Necktie", "Young",
)  # fmt: skip
"""The official names, in the official order; only `Attractive` is left out."""


def attributes(person: Person, appearance: Appearance, setting: Setting) -> dict[str, bool]:
    """Return the truth for every name in DRAWN."""
    wear, mood, makeup = appearance.wear, appearance.expression, appearance.makeup
    values = {
        **_forms(person),
        **_hair(person, appearance),
        **_beard(appearance),
        "Bags_Under_Eyes": person.eyes.bags + 0.6 * float(np.clip((appearance.age - 30) / 45, 0, 1))
        > 0.6,
        "Blurry": setting.blur > 3,
        "Eyeglasses": wear.glasses != "none",
        "Heavy_Makeup": makeup.shadow > 0.4,
        "Mouth_Slightly_Open": mood.open > 0.2,
        "Narrow_Eyes": person.eyes.opening * (1 - 0.45 * mood.squint - 0.28 * max(mood.smile, 0))
        < 0.046,
        "Rosy_Cheeks": makeup.blush > 0.5,
        "Smiling": mood.smile > 0.4,
        "Wearing_Earrings": wear.earrings,
        "Wearing_Hat": wear.hat != "none",
        "Wearing_Lipstick": makeup.lipstick > 0.4,
        "Wearing_Necklace": wear.necklace,
        "Wearing_Necktie": wear.tie,
        "Young": appearance.age < 42,
    }
    return {name: bool(values[name]) for name in DRAWN}


def _forms(person: Person) -> dict[str, bool]:
    head, nose, mouth, brows = person.head, person.nose, person.mouth, person.brows
    return {
        "Arched_Eyebrows": brows.arch > 0.045,
        "Big_Lips": mouth.upper + mouth.lower > 0.16,
        "Big_Nose": nose.width > 0.19 or nose.projection > 0.31,
        "Bushy_Eyebrows": brows.thickness > 0.07,
        "Chubby": head.fullness > 0.62,
        "Double_Chin": head.fullness > 0.72,
        "High_Cheekbones": head.cheekbones > 0.6,
        "Male": person.male,
        "Oval_Face": head.jaw < 0.78 and head.chin > 1.10 and head.fullness < 0.6,
        "Pale_Skin": person.skin.melanin < 0.08,
        "Pointy_Nose": nose.tip < 0.085 and nose.projection > 0.22,
    }


def _hair(person: Person, appearance: Appearance) -> dict[str, bool]:
    hair = person.hair
    grey = greyness(appearance.age) > 0.45
    bald = hair.recession > 0.8
    shown = not bald
    return {
        "Bald": bald,
        "Bangs": appearance.fringe and appearance.wear.hat == "none",
        "Black_Hair": shown and not grey and hair.colour == "black",
        "Blond_Hair": shown and not grey and hair.colour == "blond",
        "Brown_Hair": shown and not grey and hair.colour in ("brown", "auburn"),
        "Gray_Hair": shown and grey,
        "Receding_Hairline": 0.25 < hair.recession <= 0.8,
        "Straight_Hair": shown and hair.curl < 0.2,
        "Wavy_Hair": shown and 0.3 < hair.curl < 0.7,
    }


def _beard(appearance: Appearance) -> dict[str, bool]:
    beard = appearance.beard
    return {
        "5_o_Clock_Shadow": beard == "stubble",
        "Goatee": beard in ("goatee", "full"),
        "Mustache": beard in ("mustache", "goatee", "full"),
        "No_Beard": beard in ("none", "stubble"),
        "Sideburns": appearance.sideburns or beard == "full",
    }
