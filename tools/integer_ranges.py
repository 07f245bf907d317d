"""Measure which values the tensors of dlib's ResNet take, for its copy in 8-bit integers.

    python tools/integer_ranges.py

Draws portraits, as nobody's photographs have a say in it, and writes the least and the largest
value of each tensor that `prosopon.zoo.integers.rounded` names, over all of them.
"""

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

from prosopon import zoo
from prosopon.geometry import TEMPLATES, corners_of_68, cut_chips
from prosopon.records import UInt8
from prosopon.synthetic import Appearance, Person, Setting, render
from prosopon.zoo.integers import rounded

TARGET = Path(__file__).parents[1] / "src/prosopon/zoo/dlib-resnet-ranges.json"
PORTRAITS, SIDE, BATCH = 200, 240, 20


def main() -> None:
    """Write the file."""
    model = zoo.load("dlib-resnet")
    network = onnx.load(model.path)
    names = rounded(network)
    for name in names:
        network.graph.output.append(onnx.helper.make_tensor_value_info(name, 1, None))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(network.SerializeToString(), options)
    ends = {name: [0.0, 0.0] for name in names}
    for start in range(0, PORTRAITS, BATCH):
        chips = np.concatenate([draw(number) for number in range(start, start + BATCH)])
        for name, values in zip(
            names, session.run(names, {"chips": model.blob(chips)}), strict=True
        ):
            low, high = ends[name]
            ends[name] = [min(low, float(values.min())), max(high, float(values.max()))]
    ends["maxpool_2"] = ends["relu_1"]  # its values are some of those
    rows = [f' "{name}": [{low:.4f}, {high:.4f}]' for name, (low, high) in ends.items()]
    of = json.dumps(model.card.sha256)
    text = f'{{"sha256": {of}, "ranges": {{\n' + ",\n".join(rows) + "\n}}\n"
    assert set(json.loads(text)["ranges"]) == set(names)
    TARGET.write_text(text, encoding="utf-8")


def draw(number: int) -> UInt8:
    """(1, 150, 150, 3) the chip of somebody."""
    rng = np.random.default_rng(number)
    person = Person.sample(rng)
    portrait = render(person, Appearance.sample(rng, person), Setting.sample(rng), SIDE)
    points = corners_of_68(portrait.landmarks[None])
    return cut_chips(portrait.pixels, points, TEMPLATES["dlib-5"])


if __name__ == "__main__":
    main()
