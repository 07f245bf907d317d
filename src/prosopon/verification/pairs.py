"""Pairs of pictures with the question whether they show one person: what all protocols become."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from prosopon.errors import ProsoponError
from prosopon.records import Int32, Int64, as_array

Bool = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """A list of pairs in folds.

    Raises ProsoponError where a tested fold, or the rest that its threshold is chosen on, has
    pairs of one kind only, and where a person is in two folds.
    """

    pictures: tuple[str, ...]
    """Names, each once: paths relative to the data's folder."""
    left: Int64
    """(n,) numbers of pictures."""
    right: Int64
    """(n,) numbers of pictures."""
    same: Bool
    """(n,) whether both show one person."""
    folds: Int32
    """(n,) from 0."""
    people: tuple[str, ...] = ()
    """Who is in each picture; empty where the list does not say, or lets people be in two folds."""
    tested: tuple[int, ...] = ()
    """The folds that are scored, each with a threshold from the others; empty: all."""
    development: tuple[int, ...] = ()
    """The folds on which one threshold for all tested ones is chosen; empty: all others, each."""
    learns: bool = False
    """Whether a final classifier is to be learnt for each tested fold on all the others."""
    freedom: int = 1
    """Taken off the number of folds in the deviation behind the standard error: by LFW's formula 1,
    by DoppelVer's 0."""
    contents: Mapping[str, bytes] = field(default_factory=dict)
    """Pictures that came with the list, as files' bytes."""

    def __post_init__(self) -> None:
        n = len(self.left)
        for name, kind in (("left", np.int64), ("right", np.int64), ("folds", np.int32)):
            object.__setattr__(self, name, as_array(getattr(self, name), kind, (n,), name))
        object.__setattr__(self, "same", as_array(self.same, np.bool_, (n,), "same"))
        if not n:
            raise ProsoponError("the list holds no pairs")
        if not self.tested:
            object.__setattr__(self, "tested", tuple(np.unique(self.folds).tolist()))
        self._check_folds()
        self._check_people()

    @classmethod
    def of(
        cls,
        rows: Sequence[tuple[str, str, bool, int]],
        people: Mapping[str, str] | None = None,
        **fields: object,
    ) -> Self:
        """From rows of left picture, right picture, same, fold; `people`: picture → person."""
        numbers: dict[str, int] = {}
        for left, right, _, _ in rows:
            numbers.setdefault(left, len(numbers))
            numbers.setdefault(right, len(numbers))
        return cls(
            tuple(numbers),
            np.array([numbers[row[0]] for row in rows], np.int64),
            np.array([numbers[row[1]] for row in rows], np.int64),
            np.array([row[2] for row in rows], np.bool_),
            np.array([row[3] for row in rows], np.int32),
            people=tuple(people[picture] for picture in numbers) if people else (),
            **fields,  # type: ignore[arg-type]
        )

    def __len__(self) -> int:
        return len(self.left)

    @property
    def scored(self) -> Bool:
        """(n,) whether the pair lies in a tested fold."""
        return np.isin(self.folds, self.tested)

    def _check_folds(self) -> None:
        if len(np.unique(self.folds)) < 2:
            raise ProsoponError(
                "all pairs are in one fold: a threshold has to be chosen on pairs of another"
            )
        for fold in self.tested:
            here = self.folds == fold
            rest = np.isin(self.folds, self.development) if self.development else ~here
            for part, name in ((here, f"fold {fold}"), (rest, f"the folds other than {fold}")):
                kinds = np.unique(self.same[part])
                if len(kinds) < 2:
                    kind = "one person" if kinds.all() else "different people"
                    raise ProsoponError(
                        f"{name}: all {part.sum()} pairs are of {kind}; expected both kinds"
                    )

    def _check_people(self) -> None:
        if not self.people:
            return
        folds: defaultdict[str, set[int]] = defaultdict(set)
        for numbers in (self.left, self.right):
            for picture, fold in zip(numbers.tolist(), self.folds.tolist(), strict=True):
                folds[self.people[picture]].add(fold)
        if several := {person: sorted(of) for person, of in folds.items() if len(of) > 1}:
            person, of = next(iter(several.items()))
            raise ProsoponError(
                f"{len(several)} people are in more than one fold, such as {person} in "
                f"{', '.join(map(str, of))}: figures would be too good. Each person belongs in one"
            )
