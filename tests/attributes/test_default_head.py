"""The head that comes with the package: real weights on real portraits."""

import numpy as np
import pytest
from matplotlib import cbook
from PIL import Image

from prosopon import attributes, faces, zoo
from prosopon.faces import DetectorSettings
from prosopon.geometry import cut_chips

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def head() -> attributes.ChipAttributes:
    return attributes.load(zoo.load("attributes-head"), zoo.load)


@pytest.fixture(scope="module")
def hopper(head: attributes.ChipAttributes) -> np.ndarray:
    """The chip (1, 260, 260, 3) of Grace Hopper in uniform, from matplotlib's sample data."""
    with cbook.get_sample_data("grace_hopper.jpg") as file, Image.open(file) as picture:
        pixels = np.asarray(picture.convert("RGB"))
    found = faces.detector(zoo.load("mtcnn"), DetectorSettings()).find(pixels)
    corners = faces.landmarker(zoo.load("dlib-landmarks-5")).find(pixels, found)
    assert len(found) == 1
    return cut_chips(pixels, corners, head.template)


def test_it_is_small_and_gives_all_forty(head: attributes.ChipAttributes) -> None:
    card = zoo.card("attributes-head")
    assert zoo.load(card.id).path.stat().st_size < 5_000_000
    assert head.attributes == attributes.NAMES
    assert ((head.thresholds > 0) & (head.thresholds < 0.8)).all()
    assert "non-commercial" in card.licence


def test_a_portrait_is_described(head: attributes.ChipAttributes, hopper: np.ndarray) -> None:
    probabilities = dict(zip(head.attributes, head.predict(hopper)[0].tolist(), strict=True))
    for name in ("Eyeglasses", "Wearing_Hat", "No_Beard"):
        assert probabilities[name] > 0.9, name
    for name in ("Bald", "Goatee", "Young", "Blond_Hair", "Mouth_Slightly_Open"):
        assert probabilities[name] < 0.3, name


def test_the_mirrored_portrait_is_described_alike(
    head: attributes.ChipAttributes, hopper: np.ndarray
) -> None:
    both = np.concatenate([hopper, hopper[:, :, ::-1]])
    first, second = head.predict(both)
    assert first == pytest.approx(second, abs=1e-3), "each face is looked at mirrored, too"
