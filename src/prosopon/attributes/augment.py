"""Random changes to a batch of training pictures, and to their segments alike."""

import math

import torch
from torch import Tensor
from torch.nn import functional

from prosopon.attributes.recipes import Augmentation


def augment(
    images: Tensor, settings: Augmentation, masks: Tensor | None = None
) -> tuple[Tensor, Tensor | None]:
    """Images (b, c, h, w) and, where given, masks (b, m, h', w') under the same random affine
    maps. Beyond the edge the edge pixel is repeated; masks are sampled at the nearest pixel.
    """
    if settings == Augmentation():
        return images, masks
    maps = _affine_maps(len(images), images.shape[-1] / images.shape[-2], settings).to(images)
    moved = _warp(images, maps, "bilinear")
    return moved, None if masks is None else _warp(masks, maps.to(masks), "nearest")


def _affine_maps(count: int, aspect: float, settings: Augmentation) -> Tensor:
    """(b, 2, 3) maps from output to input coordinates, each −1 to 1 over the picture."""

    def spread(limit: float) -> Tensor:
        return (torch.rand(count) * 2 - 1) * limit

    angle, shear = spread(math.radians(settings.rotation)), spread(math.radians(settings.shear))
    zoom_x, zoom_y = 1 + spread(settings.zoom), 1 + spread(settings.zoom)
    shift_x, shift_y = 2 * spread(settings.shift), 2 * spread(settings.shift)
    if settings.flip:
        zoom_x = torch.where(torch.rand(count) < 0.5, -zoom_x, zoom_x)
    # turned and sheared in pixels, where x and y have one unit: hence the aspect
    rows = [
        [angle.cos() * zoom_x, -(angle + shear).sin() * zoom_y / aspect, shift_x],
        [angle.sin() * zoom_x * aspect, (angle + shear).cos() * zoom_y, shift_y],
    ]
    return torch.stack([torch.stack(row, dim=1) for row in rows], dim=1)


def _warp(images: Tensor, maps: Tensor, mode: str) -> Tensor:
    grid = functional.affine_grid(maps, list(images.shape), align_corners=False)
    return functional.grid_sample(
        images, grid, mode=mode, padding_mode="border", align_corners=False
    )
