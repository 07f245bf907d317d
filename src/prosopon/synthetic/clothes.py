"""The cloth of shirts, suits and dresses, painted in the plane of the body."""

import numpy as np

from prosopon.synthetic.appearance import Wear
from prosopon.synthetic.features import Array, ramp
from prosopon.synthetic.paint import linear, noise, skin_colour
from prosopon.synthetic.person import Colour, Person, Rng

DARK: tuple[Colour, ...] = (
    (0.16, 0.17, 0.20), (0.22, 0.20, 0.19), (0.12, 0.15, 0.24), (0.30, 0.28, 0.27),
    (0.25, 0.18, 0.14),
)  # fmt: skip
LIGHT: tuple[Colour, ...] = (
    (0.93, 0.92, 0.89), (0.72, 0.80, 0.88), (0.88, 0.80, 0.76), (0.85, 0.84, 0.72),
    (0.70, 0.72, 0.74),
)  # fmt: skip
BRIGHT: tuple[Colour, ...] = (
    (0.55, 0.14, 0.17), (0.16, 0.35, 0.42), (0.30, 0.42, 0.25), (0.75, 0.62, 0.35),
    (0.45, 0.30, 0.48), (0.82, 0.72, 0.68), (0.20, 0.24, 0.45),
)  # fmt: skip


class Cloth:
    """Cloth over a grid of body-plane points `x`, `y` (h, w), in linear light."""

    def __init__(self, colour: Colour, x: Array, y: Array) -> None:
        self.x, self.y, self.across = x, y, np.abs(x)
        self.colour: Array = np.ones((*x.shape, 3), np.float32) * linear(colour)

    def lay(self, mask: Array, colour: Colour | Array) -> None:
        """Cover with a displayed `colour` where `mask` is 1."""
        self.colour += (linear(colour) - self.colour) * mask[..., None]

    def darken(self, mask: Array, amount: float) -> None:
        """Take away `amount` of the light where `mask` is 1."""
        self.colour *= 1 - amount * mask[..., None]

    def weave(self, rng: Rng) -> None:
        """Make the cloth uneven."""
        shape = (self.x.shape[0], self.x.shape[1])
        uneven = 0.05 * noise(rng, shape, (150, 180)) + 0.05 * noise(rng, shape, (12, 16))
        self.colour *= 1 + uneven[..., None]


def shirt_colour(wear: Wear) -> Colour:
    """Return the displayed colour of the shirt and its collar."""
    return LIGHT[(wear.seed // 7 if wear.clothes == "suit" else wear.seed) % len(LIGHT)]


def tie_colour(wear: Wear) -> Array:
    """Return the displayed colour (3,) of the necktie."""
    return np.asarray(0.75 * np.array(BRIGHT[wear.seed // 11 % len(BRIGHT)]), np.float32)


def cloth(person: Person, wear: Wear, x: Array, y: Array) -> Array:
    """Return the linear colours (h, w, 3) of what somebody wears at body-plane points."""
    rng = np.random.default_rng(wear.seed + 1)
    if wear.clothes in ("round neck", "blouse"):
        return _dress(person, wear, rng, x, y)
    paint = _suit if wear.clothes == "suit" else _shirt
    worn = paint(wear, x, y)
    worn.weave(rng)
    if wear.tie:
        _tie(worn, wear)
    return worn.colour


def _suit(wear: Wear, x: Array, y: Array) -> Cloth:
    colour = DARK[wear.seed % len(DARK)]
    worn = Cloth(colour, x, y)
    opening = 0.40 - 0.33 * (y - 1.55)
    edge = worn.across - opening
    lapel = ramp(0.24, 0.22, edge) * ramp(2.75, 2.7, y)
    worn.darken(ramp(0.03, 0.0, np.abs(edge - 0.235)) * lapel, 0.25)
    worn.lay(lapel * 0.35, 1.35 * np.array(colour))
    worn.darken(ramp(0.05, 0.0, np.abs(edge - 0.03)), 0.6)
    worn.lay(ramp(0.01, -0.01, edge), shirt_colour(wear))
    return worn


def _shirt(wear: Wear, x: Array, y: Array) -> Cloth:
    worn = Cloth(shirt_colour(wear), x, y)
    if wear.seed % 3 == 0:
        stripes = ramp(0.25, 0.45, np.abs(np.mod(x / 0.11, 1) - 0.5))
        worn.lay(0.5 * stripes, BRIGHT[wear.seed // 3 % len(BRIGHT)])
    worn.darken(ramp(0.015, 0.0, np.abs(worn.across - 0.07)), 0.25)  # the placket's edges
    return worn


def _dress(person: Person, wear: Wear, rng: Rng, x: Array, y: Array) -> Array:
    """A pullover with a round neck, or a blouse with an open one."""
    worn = Cloth(BRIGHT[wear.seed % len(BRIGHT)], x, y)
    if wear.seed % 2:
        spots = noise(rng, (x.shape[0], x.shape[1]), (26, 30))
        worn.lay(ramp(0.9, 1.1, spots), LIGHT[wear.seed // 5 % len(LIGHT)])
    if wear.clothes == "round neck":
        inside = (x / 0.52) ** 2 + ((y - 1.50) / 0.30) ** 2
        hem, bare = np.abs(inside - 1.12), ramp(1.02, 0.98, inside)
    else:
        slope = worn.across + 0.62 * (y - 1.5)
        hem, bare = np.abs(slope - 0.50), ramp(0.47, 0.45, slope)
    worn.darken(ramp(0.06, 0.0, hem), 0.35)
    worn.weave(rng)
    worn.lay(bare, 0.96 * skin_colour(person))
    return worn.colour


def _tie(worn: Cloth, wear: Wear) -> None:
    x, y = worn.x, worn.y
    half = 0.075 + 0.075 * np.clip((y - 1.75) / 1.2, 0, 1)
    below = ramp(1.56, 1.60, y)
    worn.darken(ramp(half + 0.06, half, worn.across) * below, 0.5)
    stripes = 0.5 + 0.5 * np.sin((x + y) * 38) * (wear.seed % 2)
    band = ramp(half + 0.008, half - 0.008, worn.across) * below
    worn.lay(band, tie_colour(wear) * np.sqrt(0.7 + 0.6 * stripes)[..., None])
