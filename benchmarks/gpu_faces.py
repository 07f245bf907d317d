"""The packed photographs on the machine that trains, cut to any alignment."""

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from prosopon.attributes.segments import base_segments
from prosopon.attributes.tasks import Samples
from prosopon.datasets.aligned_faces import FacePoints
from prosopon.explain import inside
from prosopon.explain.labelled import Labelled, shrunk
from prosopon.geometry import Template, cut_chips, similarities, transform
from prosopon.records import Float32, UInt8
from prosopon.studies.explain.faces import square

THREADS = 12


class Packed:
    """A file of `gpu_pack.py`."""

    def __init__(self, path: Path) -> None:
        self.values = dict(np.load(path, allow_pickle=False))
        self.faces = FacePoints.of(self.values["rows"])

    def chips(self, template: Template) -> UInt8:
        """(n, h, w, 3)"""
        files, ends = self.values["files"], self.values["ends"].tolist()
        landmarks = self.faces.landmarks(template)

        def cut(number: int) -> UInt8:
            encoded = files[ends[number - 1] if number else 0 : ends[number]]
            pixels = cv2.imdecode(encoded, cv2.IMREAD_COLOR)[..., ::-1]
            return cut_chips(np.ascontiguousarray(pixels), landmarks[number][None], template)[0]

        with ThreadPoolExecutor(THREADS) as pool:
            return np.stack(list(pool.map(cut, range(len(ends)))))

    def points(self, template: Template) -> Float32:
        """(n, 68, 2) in pixels of the chips, as `cut_faces` has them."""
        target = np.array(template.points, np.float32)
        inside_of = similarities(self.faces.landmarks(template), target)
        return transform(self.faces.points, *inside_of)


class CelebA:
    """The labelled faces, cut once for each alignment."""

    def __init__(self, path: Path) -> None:
        self.packed = Packed(path)
        values = self.packed.values
        self.labels, self.people, self.splits = (
            values[name] for name in ("labels", "people", "splits")
        )
        self.names = values["attributes"].tolist()
        self.chips = cache(self.packed.chips)

    @cache  # noqa: B019 : one object for the whole run
    def samples(self, template: Template, attributes: tuple[str, ...]) -> dict[str, Samples]:
        """`train` and `val`, with segments."""
        with ThreadPoolExecutor(THREADS) as pool:
            segments = np.stack(list(pool.map(base_segments, self.packed.points(template))))
        columns = [self.names.index(name) for name in attributes]
        labels = self.labels[:, columns].astype(np.int8)
        return {
            split: Samples(
                self.chips(template)[self.splits == split],
                labels[self.splits == split],
                segments[self.splits == split],
            )
            for split in ("train", "val")
        }

    @cache  # noqa: B019
    def labelled(self, side: int, padding: float, label: str) -> Labelled:
        """Squares in which all five regions show, with the answers to one label."""
        template = square(side, padding)
        points = self.packed.points(template)
        whole = inside(points, template.size)
        truth = self.labels[whole, self.names.index(label)].astype(np.int8)[:, None]
        chips = self.chips(template)[whole]
        return shrunk(Labelled(chips, points[whole], (label,), truth, self.people[whole], ()), side)
