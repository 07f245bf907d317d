"""Make an ONNX file of MobileFaceNet's weights in plain arrays, to add to the zoo.

    python benchmarks/verification_mobilefacenet.py mobilefacenet_casia.npz mobilefacenet.onnx
    prosopon models add mobilefacenet.onnx --task embedder --backend onnx-embedder \\
        --licence "none stated; trained on CASIA-WebFace, research use" \\
        --set alignment=sphereface-112x96 --set input_size=112,96 \\
        --set mean=127.5,127.5,127.5 --set scale=128 --set output="128-d embedding"

Chen, Liu, Gao and Han (2018), arXiv:1804.07573, table 1; arrays by the names of
Xiaoccer/MobileFaceNet_Pytorch.
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from prosopon.zoo.onnx_graph import GraphBuilder

STRIDES = {0: 2, 5: 2, 12: 2}
"""Blocks that halve the picture; all others keep its size and add their input."""
BLOCKS = 15
EPSILON = 1e-5


class Writer:
    """Writes layers of these weights one after the other."""

    def __init__(self, weights: dict[str, NDArray[np.float32]]) -> None:
        self.weights = weights
        self.graph = GraphBuilder("mobilefacenet")

    def layer(
        self,
        x: str,
        conv: str,
        norm: str,
        slope: str = "",
        *,
        name: str = "",
        stride: int = 1,
        pad: int = 0,
    ) -> str:
        """Convolution with its batch normalisation folded in, and a PReLU if `slope` names one."""
        gain = self.weights[f"{norm}.weight"] / np.sqrt(
            self.weights[f"{norm}.running_var"] + EPSILON
        )
        bias = self.weights[f"{norm}.bias"] - gain * self.weights[f"{norm}.running_mean"]
        kernel = self.weights[f"{conv}.weight"]
        group = len(kernel) if kernel.shape[1] == 1 and len(kernel) > 1 else 1
        y = self.graph.convolution(
            x,
            kernel * gain[:, None, None, None],
            bias,
            group=group,
            strides=[stride, stride],
            pads=[pad] * 4,
        )
        if slope:
            rate = self.graph.constant(self.weights[f"{slope}.weight"].reshape(-1, 1, 1))
            y = self.graph.add("PRelu", y, rate)
        return self.graph.add("Flatten", y, name=name) if name else y

    def block(self, x: str, number: int) -> str:
        """An inverted residual: widen, look around, narrow."""
        stride = STRIDES.get(number, 1)
        at = [f"blocks.{number}.conv.{place}" for place in range(8)]
        y = self.layer(x, at[0], at[1], at[2])
        y = self.layer(y, at[3], at[4], at[5], stride=stride, pad=1)
        y = self.layer(y, at[6], at[7])
        return y if stride == 2 else self.graph.add("Add", x, y)

    def write(self, file: Path) -> None:
        """The whole network."""
        x = self.layer("chips", "conv1.conv", "conv1.bn", "conv1.prelu", stride=2, pad=1)
        x = self.layer(x, "dw_conv1.conv", "dw_conv1.bn", "dw_conv1.prelu", pad=1)
        for number in range(BLOCKS):
            x = self.block(x, number)
        x = self.layer(x, "conv2.conv", "conv2.bn", "conv2.prelu")
        x = self.layer(x, "linear7.conv", "linear7.bn")
        self.layer(x, "linear1.conv", "linear1.bn", name="embedding")
        model = self.graph.finish({"chips": ("n", 3, 112, 96)}, {"embedding": ("n", 128)})
        file.write_bytes(model.SerializeToString())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights", type=Path)
    parser.add_argument("onnx", type=Path)
    given = parser.parse_args()
    arrays = np.load(given.weights, allow_pickle=False)
    Writer({name: arrays[name].astype(np.float32) for name in arrays.files}).write(given.onnx)


if __name__ == "__main__":
    main()
