"""How somebody looks on one photograph (`Appearance`), and how it was taken (`Setting`)."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from prosopon.synthetic.person import BEARDS, GLASSES, HAIRSTYLES, Person, Rng

HATS = ("none", "cap", "brimmed", "knitted", "scarf")
CLOTHES = ("suit", "shirt", "round neck", "blouse")
USUAL = 0.95
"""How often somebody looks as usual."""
BACKDROPS = ("studio", "canvas", "wallpaper", "curtain", "foliage", "sky", "books")


@dataclass(frozen=True, slots=True)
class Pose:
    """Turns of the head in degrees; positive yaw looks to the image's right, pitch down."""

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0


@dataclass(frozen=True, slots=True)
class Expression:
    """Each from 0 to 1 unless said otherwise."""

    smile: float = 0.0
    """-0.5 (corners down) to 1."""
    open: float = 0.0
    """How far the lips are apart."""
    squint: float = 0.0
    brows: float = 0.0
    """-1 lowered to 1 raised."""
    gaze: tuple[float, float] = (0.0, 0.0)
    """Right and down, as shares of the eye's half width."""


@dataclass(frozen=True, slots=True)
class Makeup:
    """Each from 0 to 1."""

    lipstick: float = 0.0
    shadow: float = 0.0
    blush: float = 0.0
    liner: float = 0.0
    hue: float = 0.0
    """Which red the lipstick has."""


@dataclass(frozen=True, slots=True)
class Wear:
    """What somebody has on. Colours come from `seed`."""

    glasses: str = "none"
    hat: str = "none"
    clothes: str = "shirt"
    tie: bool = False
    earrings: bool = False
    necklace: bool = False
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Appearance:
    """What changes from photograph to photograph."""

    age: float
    pose: Pose = Pose()
    expression: Expression = Expression()
    makeup: Makeup = Makeup()
    wear: Wear = Wear()
    hairstyle: str = "short"
    fringe: bool = False
    beard: str = "none"
    sideburns: bool = False
    seed: int = 0
    """Chooses how each hair falls; somebody's hair falls alike unless it is changed."""

    @classmethod
    def sample(cls, rng: Rng, person: Person) -> Self:
        """Draw one day in the life of `person`."""
        habits = person.habits
        return cls(
            age=float(np.clip(person.age + rng.uniform(-7, 7), 17, 80)),
            pose=_pose(rng),
            expression=_expression(rng),
            makeup=_makeup(rng) if rng.random() < habits.makeup else Makeup(),
            wear=_wear(rng, person),
            hairstyle=habits.hairstyle if rng.random() < USUAL else _hairstyle(rng, person),
            fringe=habits.fringe and rng.random() < USUAL,
            beard=habits.beard if rng.random() < USUAL else _beard(rng, person),
            sideburns=habits.sideburns,
            seed=person.skin.seed,
        )


@dataclass(frozen=True, slots=True)
class Setting:
    """The place, the light and what has happened to the picture since."""

    backdrop: str = "studio"
    light: tuple[float, float] = (-35.0, 35.0)
    """Where the lamp stands: degrees to the image's right, degrees up."""
    contrast: float = 0.6
    """Share of the light that comes from the lamp."""
    warmth: float = 0.0
    """-1 cold to 1 warm."""
    exposure: float = 1.0
    toning: float = 0.0
    """0 colour to 1 monochrome."""
    sepia: float = 0.0
    """How brown a toned picture is, 0 to 1."""
    fading: float = 0.0
    blur: float = 0.0
    """Standard deviation in thousandths of the picture's longer side."""
    grain: float = 0.0
    scratches: float = 0.0
    rotation: float = 0.0
    """Degrees by which the print lies askew on the scanner."""
    quality: int = 92
    """Of the JPEG."""
    seed: int = 0

    @classmethod
    def sample(cls, rng: Rng) -> Self:
        """Draw a photograph: half of them in colour, half old prints."""
        old = bool(rng.random() < 0.5)
        return cls(
            backdrop=str(rng.choice(BACKDROPS)),
            light=(float(np.clip(rng.normal(0, 15), -60, 60)), float(rng.uniform(18, 50))),
            contrast=float(rng.uniform(0.48, 0.62)),
            warmth=float(rng.normal(0, 0.25)),
            exposure=float(rng.uniform(0.85, 1.15)),
            toning=float(rng.uniform(0.85, 1)) if old else 0.0,
            sepia=float(rng.uniform(0, 1)) if old else 0.0,
            fading=float(rng.uniform(0, 0.6)) if old else 0.0,
            blur=float(rng.choice([0.0, 0.6, 1.2, 4.5], p=[0.4, 0.35, 0.22, 0.03])),
            grain=float(rng.uniform(0.1, 0.4) if old else rng.uniform(0, 0.3)),
            scratches=float(rng.uniform(0.2, 0.9)) if old and rng.random() < 0.25 else 0.0,
            rotation=float(rng.uniform(-4, 4)) if old else 0.0,
            quality=int(rng.integers(70, 96)),
            seed=int(rng.integers(2**31)),
        )


def _pose(rng: Rng) -> Pose:
    return Pose(
        yaw=float(np.clip(rng.normal(0, 5), -25, 25)),
        pitch=float(np.clip(rng.normal(1, 3), -12, 12)),
        roll=float(np.clip(rng.normal(0, 4), -10, 10)),
    )


def _expression(rng: Rng) -> Expression:
    smiles = rng.random() < 0.45
    return Expression(
        smile=float(rng.uniform(0.42, 0.75) if smiles else rng.uniform(-0.25, 0.15)),
        open=float(rng.uniform(0.3, 0.5)) if rng.random() < (0.6 if smiles else 0.12) else 0.0,
        squint=float(rng.uniform(0, 0.25)),
        brows=float(rng.normal(0, 0.18)),
        gaze=(float(rng.normal(0, 0.10)), float(rng.normal(0, 0.05))),
    )


def _makeup(rng: Rng) -> Makeup:
    heavy = rng.random() < 0.5
    return Makeup(
        lipstick=float(rng.uniform(0.6, 1.0)),
        shadow=float(rng.uniform(0.5, 1.0)) if heavy else 0.0,
        blush=float(rng.uniform(0.6, 1.0)) if heavy else float(rng.uniform(0, 0.3)),
        liner=float(rng.uniform(0.6, 1.0)) if heavy else 0.2,
        hue=float(rng.random()),
    )


def _wear(rng: Rng, person: Person) -> Wear:
    clothes = str(rng.choice(CLOTHES[:3] if person.male else CLOTHES[1:]))
    bare_neck = clothes in ("round neck", "blouse")
    hats = HATS[1:4] if person.male else HATS[2:]
    return Wear(
        glasses=_glasses(rng, person.habits.glasses),
        hat=str(rng.choice(hats)) if rng.random() < 0.12 else "none",
        clothes=clothes,
        tie=bool(clothes == "suit" or (clothes == "shirt" and person.male and rng.random() < 0.3)),
        earrings=bool(not person.male and rng.random() < 0.35),
        necklace=bool(not person.male and bare_neck and rng.random() < 0.45),
        seed=int(rng.integers(2**31)),
    )


def _hairstyle(rng: Rng, person: Person) -> str:
    if person.hair.recession > 0.5:
        return "cropped"
    return str(rng.choice(HAIRSTYLES[:4] if person.male else HAIRSTYLES[3:]))


def _beard(rng: Rng, person: Person) -> str:
    """Shaved, or let grow a little: nobody changes from a full beard to a mustache and back."""
    return str(rng.choice(BEARDS[:2])) if person.male else "none"


def _glasses(rng: Rng, usual: str) -> str:
    if rng.random() < 0.96:
        return usual
    return "none" if usual != "none" else str(rng.choice(GLASSES[1:]))
