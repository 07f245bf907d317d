"""What a classifier looks at: one trained here, one given, or an embedder's sense of identity."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from prosopon import faces, zoo
from prosopon.config import Settings
from prosopon.datasets.attributes import AttributeData
from prosopon.datasets.identities import read_identities
from prosopon.datasets.vocabulary import find as find_attribute
from prosopon.errors import UsageError
from prosopon.explain import Shares, Study, find, measure, occlusions
from prosopon.explain.answer_cache import answers
from prosopon.explain.folds import folds_of
from prosopon.explain.labelled import Labelled, shrunk
from prosopon.explain.occlusions import Fill, occluded
from prosopon.explain.pairing import match_probabilities, partners
from prosopon.geometry import TEMPLATES
from prosopon.records import Int64
from prosopon.studies.explain import page
from prosopon.studies.explain.classifiers import Given
from prosopon.studies.explain.faces import cut_whole, read_faces, square
from prosopon.summaries import contact_sheet

_ALL = occlusions()
SAME = "same person"
"""The label of an embedder's study."""


@dataclass(frozen=True, slots=True)
class Source:
    """The labelled pictures of a study."""

    folder: Path
    split: str = ""
    """Only this partition."""
    most: int = 0
    """So many pictures drawn at random; 0: all."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Summary:
    """One study in a few figures."""

    classifier: str
    label: str
    faces: int
    figure: float
    """On whole faces."""
    order: tuple[str, ...]
    """Regions by what hiding them costs."""
    costs: tuple[float, ...]
    alone: tuple[str, ...]
    """Regions by what they tell alone."""


@dataclass(frozen=True, slots=True)
class Explained:
    """What was studied, and where it is written."""

    studies: list[Summary]
    remarks: list[str]
    files: list[Path] = field(default_factory=list)


def train(
    source: Source,
    recipe_name: str,
    labels: Sequence[str],
    output: Path,
    settings: Settings,
    *,
    folds: int = 5,
    fill: Fill = "black",
    alone: bool = True,
    asked: int = 0,
    weights: str = "",
    figure: str = "accuracy",
) -> Explained:
    """Train classifiers of `labels` by a recipe, on whole faces and on single regions, and study
    them on the faces that each has not seen. What is done is kept in `output`.

    asked : faces that are hidden in all ways (0: all); weights : ImageNet weights.
    """
    from prosopon.explain.recipes import load_recipe
    from prosopon.explain.train_classifiers import Plan, train_classifiers
    from prosopon.training import use_threads

    recipe = load_recipe(recipe_name)
    if weights:
        recipe = replace(recipe, network=replace(recipe.network, weights=weights))
    use_threads(settings.workers)
    zoo.configure(threads=settings.workers, providers=settings.providers)
    side = recipe.picture.side
    names = [find_attribute(label).name for label in labels]
    cut = read_faces(
        source.folder,
        names,
        square(side, recipe.picture.padding),
        output,
        settings,
        split=source.split,
        most=source.most,
        seed=source.seed,
    )
    name = Path(recipe_name).stem
    folder = output / f"{name}-{'-'.join(names)}"
    plan = Plan(recipe, folds, fill, alone, asked)
    done, maps, columns = train_classifiers(shrunk(cut, side), name, plan, folder)
    sheet = contact_sheet(maps, columns)
    for place, study in enumerate(done):
        page.write(study, output, sheet if place == 0 else b"")
    return _explained(done, cut.remarks, output, figure)


def examine(
    source: Source,
    given: Given,
    labels: Sequence[str],
    output: Path,
    settings: Settings,
    *,
    folds: int = 5,
    fill: Fill = "black",
    figure: str = "accuracy",
) -> Explained:
    """Study a finished classifier; nothing is trained. Intervals are over parts of the data."""
    zoo.configure(threads=settings.workers, providers=settings.providers)
    names = [find_attribute(label).name for label in labels] or list(given.answers)
    columns = [given.column(name) for name in names]
    cut = read_faces(
        source.folder,
        names,
        given.template,
        output,
        settings,
        split=source.split,
        most=source.most,
        seed=source.seed,
    )
    people = cut.people.tolist()
    parts = [
        _parts(label, truth, people, folds, source.seed)
        for label, truth in zip(names, cut.truth.T, strict=True)
    ]
    outputs = answers(output, given.name, given.predict, cut.pictures, cut.landmarks, fill)
    done = []
    for place, (label, (column, threshold)) in enumerate(zip(names, columns, strict=True)):
        figures = measure(cut.truth[:, place], outputs[..., column], parts[place], threshold)
        done.append(_study(given.name, label, cut, fill, figures))
        page.write(done[-1], output)
    return _explained(done, cut.remarks, output, figure)


def examine_embedder(
    source: Source,
    embedder_id: str,
    output: Path,
    settings: Settings,
    *,
    folds: int = 5,
    fill: Fill = "black",
    figure: str = "accuracy",
) -> Explained:
    """Study an embedder's judgement whether two pictures show the same person, one of the two
    being hidden in parts. Each picture is paired with one of the same person and one of another;
    a logistic regression on the cosines of the other parts of the data makes probabilities.

    Raises UsageError where nobody has two pictures.
    """
    zoo.configure(threads=settings.workers, providers=settings.providers)
    embedder = faces.embedder(zoo.load(embedder_id))
    cut = _people(source, embedder.alignment, output, settings)
    rng = np.random.default_rng(source.seed)
    same, other = partners(cut.people, rng)
    vectors = answers(output, embedder_id, embedder.embed, cut.pictures, cut.landmarks, fill)
    cosines = np.concatenate(
        [np.einsum("mnd,nd->mn", vectors, vectors[0, partner]) for partner in (same, other)], axis=1
    )
    truth = np.repeat([1, 0], len(cut))
    parts = np.tile(folds_of(np.arange(len(cut)) % 2, cut.people.tolist(), folds, source.seed), 2)
    figures = measure(truth, match_probabilities(cosines, truth, parts), parts)
    done = [_study(embedder_id, SAME, cut, fill, figures)]
    page.write(done[0], output)
    return _explained(done, cut.remarks, output, figure)


def draw(photo: Path, output: Path, settings: Settings, fill: Fill = "black") -> list[str]:
    """Write a sheet with the main face of a photograph under all occlusions, the whole face first,
    and return their names in the order of the sheet. Raises ProsoponError where there is no face.
    """
    data = _unlabelled([photo], np.array([""]))
    cut = cut_whole(data, square(224, 0.5), None, settings)
    shown = occluded(cut.pictures, cut.landmarks, _ALL, fill)
    sheet = np.stack([cut.pictures[0], *(pictures[0] for _, pictures, _ in shown)])
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_bytes(contact_sheet(sheet, columns=12, cell=112))
    return ["whole", *(each.name for each in _ALL)]


def _study(
    name: str, label: str, cut: Labelled, fill: Fill, figures: dict[str, NDArray[np.float64]]
) -> Study:
    size = (cut.pictures.shape[1], cut.pictures.shape[2])
    shares = Shares.of(cut.landmarks[:200], size, _ALL)
    return Study(
        classifier=name,
        label=label,
        size=size,
        fill=fill,
        faces=len(cut),
        people=len(set(cut.people.tolist()) - {""}),
        occlusions=_ALL,
        hidden=shares.picture,
        hidden_regions=shares.regions,
        figures=figures,
    )


def _explained(
    done: Sequence[Study], remarks: Sequence[str], output: Path, figure: str
) -> Explained:
    rows = []
    for study in done:
        findings = find(study, figure)
        costs = findings.configural["contour"]
        rows.append(
            Summary(
                study.classifier,
                study.label,
                study.faces,
                findings.whole.mean,
                costs.order,
                tuple(cost.mean for cost in costs.values.values()),
                findings.featural.order,
            )
        )
    return Explained(rows, list(remarks), page.publish(output, figure))


def _parts(
    label: str, truth: NDArray[np.int8], people: Sequence[str], folds: int, seed: int
) -> Int64:
    """As `folds_of`; the error names the label."""
    try:
        return folds_of(truth, people, folds, seed)
    except UsageError as error:
        raise UsageError(f"{label}: {error}; take more pictures, or fewer --folds") from error


def _people(source: Source, alignment: str, output: Path, settings: Settings) -> Labelled:
    """Faces of people with two pictures or more."""
    identities = read_identities(source.folder, source.split, 2)
    files = [(person, file) for person, of in identities.items() for file in of]
    if source.most and source.most < len(files):  # whole people, until there are enough
        order = np.random.default_rng(source.seed).permutation(sorted(identities))
        files = [(person, file) for person in order.tolist() for file in identities[person]]
        files = files[: source.most]
    data = _unlabelled([file for _, file in files], np.array([person for person, _ in files]))
    cut = cut_whole(data, TEMPLATES[alignment], output, settings)
    names, counts = np.unique(cut.people, return_counts=True)
    return cut.rows(np.flatnonzero(np.isin(cut.people, names[counts >= 2])))


def _unlabelled(files: Sequence[Path], people: NDArray[np.str_]) -> AttributeData:
    count = len(files)
    return AttributeData(
        pictures=tuple(files),
        attributes=(),
        labels=np.empty((count, 0), np.int8),
        identities=people,
        splits=np.full(count, ""),
        boxes=np.full((count, 4), np.nan, np.float32),
        landmarks=np.full((count, 5, 2), np.nan, np.float32),
    )
