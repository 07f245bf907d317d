"""Where a network's last maps light up: class activation maps and Grad-CAM.

Heat is (n, h, w) float32 at the pictures' size, at least 0, each face's largest value 1 (0 all over
where nothing speaks for the class). It speaks for the answer yes of `label`, or for the answer no
where `yes` says so, face by face.
"""

import copy

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from prosopon.explain.heat_maps import scaled
from prosopon.explain.networks import MapClassifier
from prosopon.explain.occlusions import Fill, Layout, occluded, occlusions
from prosopon.explain.tasks import BATCH, prepare, probabilities
from prosopon.optional import require
from prosopon.records import Float32, Float64, UInt8

Bool = NDArray[np.bool_]


def class_activation(network: MapClassifier, pictures: UInt8, label: int, yes: Bool) -> Float32:
    """Zhou et al. (CVPR 2016, eq. 2): the last maps, weighted as the linear layer weights them."""
    network.eval()
    parts = []
    for start in range(0, len(pictures), BATCH):
        with torch.no_grad():
            maps = network.maps(prepare(pictures[start : start + BATCH]))
        heat = torch.einsum("bchw,c->bhw", maps, network.head.weight[label].detach())
        parts.append(_finished(heat, yes[start : start + BATCH], pictures.shape[1:3]))
    return np.concatenate(parts)


def grad_cam(
    network: MapClassifier, pictures: UInt8, label: int, yes: Bool, layer: nn.Module | None = None
) -> Float32:
    """Selvaraju et al. (ICCV 2017, eqs. 1 and 2): the maps of a layer, weighted by their mean
    gradients. Of the last maps, if no other `layer` is named, it is `class_activation` again."""
    network.eval()
    parts = []
    for start in range(0, len(pictures), BATCH):
        images = prepare(pictures[start : start + BATCH]).requires_grad_()
        maps, logits = _maps_and_logits(network, images, layer or network.body)
        (slopes,) = torch.autograd.grad(logits[:, label].sum(), maps)
        heat = (slopes.mean(dim=(2, 3), keepdim=True) * maps).sum(dim=1).detach()
        parts.append(_finished(heat, yes[start : start + BATCH], pictures.shape[1:3]))
    return np.concatenate(parts)


def integrated_gradients(
    network: MapClassifier, pictures: UInt8, label: int, steps: int = 32
) -> Float32:
    """Sundararajan, Taly and Yan (ICML 2017), by Captum: how much each pixel moves the answer along
    the line from a black picture, the absolute sum over its colours, blurred by a pixel.

    Raises MissingExtra where Captum is not installed.
    """
    captum = require("captum.attr", extra="study")
    network.eval()
    method = captum.IntegratedGradients(network)
    parts = []
    for start in range(0, len(pictures), BATCH):
        images = prepare(pictures[start : start + BATCH])
        black = torch.full_like(images, -1)
        moved = method.attribute(images, black, target=label, n_steps=steps, internal_batch_size=64)
        parts.append(moved.detach().abs().sum(dim=1).numpy())
    pixels = np.concatenate(parts)
    return scaled(np.stack([cv2.GaussianBlur(each, (0, 0), 1) for each in pixels]))


def randomised(network: MapClassifier, seed: int = 0) -> MapClassifier:
    """A copy under new random weights, for the sanity check of Adebayo et al. (NeurIPS 2018): a map
    that stays the same does not show what was learnt."""
    other = copy.deepcopy(network)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        for module in other.modules():
            if isinstance(module, nn.Conv2d | nn.Linear | nn.BatchNorm2d):
                module.reset_parameters()
    return other.eval()


def heats(network: MapClassifier, pictures: UInt8) -> dict[str, list[Float32]]:
    """Method → heat (n, h, w) for each label, for the answer that the network gives: CAM, and
    Grad-CAM of the finer layer."""
    answers = probabilities(network, pictures) >= 0.5
    finer = finer_layer(network, pictures.shape[1])
    columns = range(answers.shape[1])
    return {
        "CAM": [class_activation(network, pictures, at, answers[:, at]) for at in columns],
        "Grad-CAM": [grad_cam(network, pictures, at, answers[:, at], finer) for at in columns],
    }


def heat_sheet(
    network: MapClassifier, pictures: UInt8, landmarks: Float32, fill: Fill
) -> tuple[UInt8, int]:
    """Faces in rows, (n · columns, h, w, 3), and the number of columns: each face whole, with CAM
    and with Grad-CAM for the first label, and with CAM while each of the five regions is hidden."""
    rows = [pictures, *(overlay(pictures, heat[0]) for heat in heats(network, pictures).values())]
    out = [
        each for each in occlusions() if (each.family, each.shape) == ("one region out", "contour")
    ]
    for _, hidden, _ in occluded(pictures, landmarks, out, fill):
        rows.append(overlay(hidden, heats(network, hidden)["CAM"][0]))
    sheet: UInt8 = np.stack(rows, axis=1).reshape(-1, *pictures.shape[1:])
    return sheet, len(rows)


def finer_layer(network: MapClassifier, side: int) -> nn.Module:
    """The last layer whose maps are twice as high as the last ones, or more; the body where there
    is none. For Grad-CAM in more detail."""
    sizes: list[tuple[nn.Module, int]] = []

    def note(module: nn.Module, _inputs: object, output: object) -> None:
        if isinstance(output, Tensor) and output.ndim == 4:
            sizes.append((module, output.shape[2]))

    hooks = [module.register_forward_hook(note) for module in network.body.modules()]
    with torch.no_grad():
        last = network.maps(torch.zeros(1, 3, side, side)).shape[2]
    for hook in hooks:
        hook.remove()
    finer = [module for module, height in sizes if height >= 2 * last]
    return finer[-1] if finer else network.body


def overlay(pictures: UInt8, heat: Float32, strength: float = 0.5) -> UInt8:
    """Pictures with heat (n, h, w) laid over them in colours."""
    drawn = []
    for picture, warm in zip(pictures, heat, strict=True):
        colours = cv2.applyColorMap((warm * 255).round().astype(np.uint8), cv2.COLORMAP_INFERNO)
        drawn.append(cv2.addWeighted(picture, 1 - strength, colours[..., ::-1], strength, 0))
    return np.asarray(drawn, np.uint8).reshape(pictures.shape)


def region_heat(heat: Float32, landmarks: Float32) -> Float64:
    """(n, 5) mean heat inside each region's contour over mean heat of the whole picture: 1 where
    the region is no warmer than the rest; NaN where a picture has no heat."""
    layout = Layout.of(landmarks, heat.shape[1:3])
    areas = layout.contours.sum(axis=(2, 3))
    inside = np.einsum("nrhw,nhw->nr", layout.contours.astype(np.float32), heat) / areas
    whole = heat.mean(axis=(1, 2))[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(whole > 0, inside / whole, np.nan).astype(np.float64)


def _maps_and_logits(
    network: MapClassifier, images: Tensor, layer: nn.Module
) -> tuple[Tensor, Tensor]:
    kept: list[Tensor] = []
    hook = layer.register_forward_hook(lambda _module, _inputs, output: kept.append(output))
    try:
        logits = network(images)
    finally:
        hook.remove()
    return kept[0], logits


def _finished(heat: Tensor, yes: Bool, size: tuple[int, ...]) -> Float32:
    """Heat (b, h', w') for yes → (b, h, w) for each face's answer, 0 to 1."""
    signs = torch.from_numpy(np.where(yes, 1.0, -1.0).astype(np.float32))[:, None, None]
    positive = (heat * signs).clamp(min=0)
    full = functional.interpolate(positive[:, None], size, mode="bilinear", align_corners=False)
    full = full[:, 0]
    peaks = full.amax(dim=(1, 2), keepdim=True)
    scaled: Float32 = torch.where(peaks > 0, full / peaks, 0.0).numpy()
    return scaled
