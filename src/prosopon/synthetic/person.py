"""Who somebody is: everything about a face that stays the same between photographs.

Lengths are in units of 100 mm on a head whose eyes lie on y = 0 (x to the viewer's right, y down,
z towards the viewer, the middle of the head at x = z = 0). Means and spreads follow common
anthropometric tables for adults (Farkas, *Anthropometry of the Head and Face*, 1994), with the
spreads widened so that faces differ as much as those of unrelated people.
"""

from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np

Rng = np.random.Generator
Colour = tuple[float, float, float]
"""Red, green, blue in 0 to 1, as displayed (not linear light)."""

HAIR_COLOURS: dict[str, Colour] = {
    "black": (0.07, 0.06, 0.06),
    "brown": (0.27, 0.17, 0.11),
    "auburn": (0.42, 0.19, 0.10),
    "blond": (0.74, 0.57, 0.34),
}
HAIRSTYLES = ("cropped", "short", "parted", "combed back", "bob", "long", "tied")
BEARDS = ("none", "stubble", "mustache", "goatee", "full")
GLASSES = ("none", "round", "square", "thin")
IRIS_COLOURS: tuple[Colour, ...] = (
    (0.22, 0.12, 0.06),
    (0.34, 0.20, 0.09),
    (0.42, 0.33, 0.16),
    (0.33, 0.42, 0.28),
    (0.36, 0.48, 0.60),
    (0.46, 0.52, 0.56),
)


@dataclass(frozen=True, slots=True)
class Head:
    """The outline and the large forms."""

    width: float
    """Half the width at the cheekbones."""
    jaw: float
    """Half the width at the corners of the jaw, relative to `width`."""
    chin: float
    """y of the lowest point of the chin."""
    chin_width: float
    chin_projection: float
    cheekbones: float
    """How far they stand out, 0 to 1."""
    fullness: float
    """0 lean to 1 chubby."""
    brow_ridge: float
    crown: float
    """y of the top of the skull."""
    ears: float
    """Size and how far they stand out, around 1."""


@dataclass(frozen=True, slots=True)
class Eyes:
    spacing: float
    """x of an eye's centre."""
    width: float
    """Half the distance between the corners."""
    opening: float
    """Half the distance between the lids."""
    tilt: float
    """Radians; positive where the outer corner is higher."""
    depth: float
    """How deep they lie, 0 to 1."""
    crease: float
    """How far the fold lies above the lid; near 0 for a single lid."""
    iris: Colour
    bags: float


@dataclass(frozen=True, slots=True)
class Brows:
    height: float
    """y of the inner end."""
    thickness: float
    arch: float
    tilt: float
    gap: float
    """x of the inner end."""
    length: float


@dataclass(frozen=True, slots=True)
class Nose:
    length: float
    """y of the base."""
    width: float
    """Half the width across the wings."""
    bridge: float
    """Half the width of the bridge."""
    projection: float
    """How far the tip stands out."""
    tip: float
    """Size of the tip: small is pointed."""
    upturn: float
    hump: float


@dataclass(frozen=True, slots=True)
class Mouth:
    height: float
    """y of the line between the lips."""
    width: float
    upper: float
    """Thickness of the upper lip."""
    lower: float
    bow: float
    """Depth of the cupid's bow."""
    corners: float
    """How far the corners lie above the middle, at rest."""
    colour: Colour


@dataclass(frozen=True, slots=True)
class Skin:
    melanin: float
    """0 pale to 1 dark."""
    redness: float
    freckles: float
    marks: int
    """Number of moles."""
    seed: int
    """Chooses where freckles, moles and irregularities lie."""


@dataclass(frozen=True, slots=True)
class Hair:
    colour: str
    """A key of HAIR_COLOURS, before it greys."""
    curl: float
    """0 straight, 0.5 wavy, 1 tightly curled."""
    hairline: float
    """y of the hairline above the nose."""
    recession: float
    """0 none to 1 bald on top."""
    density: float


@dataclass(frozen=True, slots=True)
class Habits:
    """How somebody likes to look: most photographs follow it, not all."""

    hairstyle: str
    fringe: bool
    parting: float
    """x at which the hair parts."""
    beard: str
    sideburns: bool
    glasses: str
    makeup: float
    """How often."""


REGIONS = ("head", "eyes", "brows", "nose", "mouth", "skin", "hair", "habits")
"""The parts of a `Person` that can be exchanged one by one."""


@dataclass(frozen=True, slots=True)
class Person:
    """One identity. The regions are independent of one another, except through `male`."""

    head: Head
    eyes: Eyes
    brows: Brows
    nose: Nose
    mouth: Mouth
    skin: Skin
    hair: Hair
    habits: Habits
    male: bool
    """Drawn with the forms, beards and clothes that CelebA's annotators called male."""
    age: float
    """Years, in the middle of the person's photographs."""

    @classmethod
    def sample(cls, rng: Rng) -> Self:
        """Draw somebody at random."""
        male = bool(rng.random() < 0.5)
        age = float(rng.triangular(19, 32, 72))
        melanin = float(
            np.clip(
                rng.choice([0.04, 0.28, 0.55, 0.85], p=[0.36, 0.3, 0.22, 0.12])
                + rng.normal(0, 0.08),
                0,
                1,
            )
        )
        hair = _hair(rng, male, age, melanin)
        return cls(
            head=_head(rng, male),
            eyes=_eyes(rng, melanin),
            brows=_brows(rng, male),
            nose=_nose(rng, male),
            mouth=_mouth(rng, male, melanin),
            skin=_skin(rng, melanin),
            hair=hair,
            habits=_habits(rng, male, hair),
            male=male,
            age=age,
        )

    def with_region_from(self, other: "Person", region: str) -> "Person":
        """Return this person with one of REGIONS taken from `other`, all else unchanged."""
        if region not in REGIONS:
            raise ValueError(f"region: expected one of {', '.join(REGIONS)}, got {region!r}")
        return replace(self, **{region: getattr(other, region)})

    def numbers(self) -> dict[str, float]:
        """Every numerical parameter as `region.name`, for tables and tests."""
        return {
            f"{region}.{field.name}": float(value)
            for region in REGIONS
            for field in fields(getattr(self, region))
            if isinstance(value := getattr(getattr(self, region), field.name), int | float)
        }


def _spread(rng: Rng, middle: float, width: float) -> float:
    """From `middle - width` to `middle + width`, more often near the ends: distinctive faces."""
    return float(middle + width * (2 * rng.beta(0.5, 0.5) - 1))


def _head(rng: Rng, male: bool) -> Head:
    return Head(
        width=_spread(rng, 0.715 if male else 0.685, 0.065),
        jaw=_spread(rng, 0.82 if male else 0.76, 0.10),
        chin=_spread(rng, 1.17 if male else 1.09, 0.13),
        chin_width=_spread(rng, 0.56 if male else 0.46, 0.16),
        chin_projection=_spread(rng, 0.06, 0.05),
        cheekbones=float(rng.random()),
        fullness=float(rng.beta(1.4, 2.0)),
        brow_ridge=_spread(rng, 0.65 if male else 0.2, 0.4),
        crown=_spread(rng, -1.12, 0.06),
        ears=_spread(rng, 1.05 if male else 0.95, 0.15),
    )


def _eyes(rng: Rng, melanin: float) -> Eyes:
    brown = rng.random() < 0.25 + 1.6 * melanin
    iris = IRIS_COLOURS[int(rng.integers(0, 2) if brown else rng.integers(2, 6))]
    return Eyes(
        spacing=_spread(rng, 0.320, 0.053),
        width=_spread(rng, 0.155, 0.028),
        opening=_spread(rng, 0.066, 0.022),
        tilt=_spread(rng, 0.06, 0.20),
        depth=float(rng.random()),
        crease=float(rng.choice([0.15, 0.6, 1.0], p=[0.25, 0.4, 0.35])),
        iris=iris,
        bags=float(rng.beta(1.2, 2.5)),
    )


def _brows(rng: Rng, male: bool) -> Brows:
    return Brows(
        height=_spread(rng, -0.165 if male else -0.185, 0.04),
        thickness=_spread(rng, 0.068 if male else 0.050, 0.034),
        arch=_spread(rng, 0.022 if male else 0.04, 0.032),
        tilt=_spread(rng, 0.03, 0.17),
        gap=_spread(rng, 0.145, 0.075),
        length=_spread(rng, 0.40, 0.05),
    )


def _nose(rng: Rng, male: bool) -> Nose:
    return Nose(
        length=_spread(rng, 0.47 if male else 0.45, 0.088),
        width=_spread(rng, 0.19 if male else 0.172, 0.056),
        bridge=_spread(rng, 0.075, 0.025),
        projection=_spread(rng, 0.27 if male else 0.24, 0.08),
        tip=_spread(rng, 0.10, 0.035),
        upturn=_spread(rng, 0.02 if male else 0.035, 0.03),
        hump=max(0.0, _spread(rng, 0.01, 0.04)),
    )


def _mouth(rng: Rng, male: bool, melanin: float) -> Mouth:
    rose = np.array([0.70, 0.40, 0.37]) * (1 - 0.38 * melanin)
    colour = np.clip(rose + rng.normal(0, 0.035, 3), 0.15, 0.9)
    return Mouth(
        height=_spread(rng, 0.235, 0.056),
        width=_spread(rng, 0.262 if male else 0.248, 0.05),
        upper=_spread(rng, 0.052 if male else 0.062, 0.034),
        lower=_spread(rng, 0.08 if male else 0.09, 0.048),
        bow=_spread(rng, 0.014, 0.012),
        corners=_spread(rng, 0.0, 0.02),
        colour=(float(colour[0]), float(colour[1]), float(colour[2])),
    )


def _skin(rng: Rng, melanin: float) -> Skin:
    return Skin(
        melanin=melanin,
        redness=float(rng.random()),
        freckles=float(max(0.0, rng.normal(-0.3, 0.6))) * float(melanin < 0.4),
        marks=int(rng.poisson(0.8)),
        seed=int(rng.integers(2**31)),
    )


def _hair(rng: Rng, male: bool, age: float, melanin: float) -> Hair:
    light = max(0.0, 0.6 - 1.5 * melanin)
    weights = np.array([0.4 + 2 * melanin, 0.9, light, light])
    colour = str(rng.choice(list(HAIR_COLOURS), p=weights / weights.sum()))
    curls = [0.55, 0.85, 0.95] if melanin > 0.7 else [0.0, 0.0, 0.1, 0.45, 0.6]
    recedes = male and rng.random() < 0.15 + 0.008 * (age - 20)
    return Hair(
        colour=colour,
        curl=float(rng.choice(curls)),
        hairline=_spread(rng, -0.70, 0.055),
        recession=float(rng.uniform(0.3, 1.0)) if recedes else float(rng.uniform(0.0, 0.15)),
        density=_spread(rng, 0.85, 0.15),
    )


def _habits(rng: Rng, male: bool, hair: Hair) -> Habits:
    styles = HAIRSTYLES[:4] if male else HAIRSTYLES[3:]
    return Habits(
        hairstyle="cropped" if hair.recession > 0.5 else str(rng.choice(styles)),
        fringe=bool(hair.recession < 0.2 and hair.curl < 0.7 and rng.random() < 0.2),
        parting=float(rng.choice([-0.24, -0.1, 0.0, 0.24])),
        beard=str(rng.choice(BEARDS, p=[0.5, 0.1, 0.14, 0.12, 0.14])) if male else "none",
        sideburns=bool(male and rng.random() < 0.2),
        glasses=str(rng.choice(GLASSES[1:])) if rng.random() < 0.25 else "none",
        makeup=0.0 if male else float(rng.random()),
    )
