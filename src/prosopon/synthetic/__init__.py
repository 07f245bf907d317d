"""Portraits and albums with ground truth.

People are drawn from parameters: a `Person` is what stays, an `Appearance` what one day brings, a
`Setting` how the photograph was taken and kept. `render` draws one person, `photograph` and `group`
several, `album` writes a folder of files with the truth about every face: box, 68 landmarks,
identity, and CelebA's attributes. Nothing here is learned from photographs of real people.
"""

from prosopon.synthetic.album import Album, album
from prosopon.synthetic.appearance import Appearance, Expression, Makeup, Pose, Setting, Wear
from prosopon.synthetic.attributes import DRAWN
from prosopon.synthetic.person import REGIONS, Person
from prosopon.synthetic.portrait import Portrait, Sitter, group, photograph, render

__all__ = [
    "DRAWN", "REGIONS", "Album", "Appearance", "Expression", "Makeup", "Person", "Portrait", "Pose",
    "Setting", "Sitter", "Wear", "album", "group", "photograph", "render",
]  # fmt: skip
