"""Sentences say what the figures say, and nothing where the figures say nothing."""

from dataclasses import replace

import numpy as np
import pytest
from tests.explain.test_importance import study_of

from prosopon.explain import find, narrative
from prosopon.explain.beside_published import text_figures
from prosopon.explain.findings import Ranking
from prosopon.explain.importance import Interval
from prosopon.explain.study import Study
from prosopon.metrics.published import table


@pytest.fixture(scope="module")
def mouth() -> Study:
    return study_of("mouth")


def test_sentences_carry_the_figures(mouth: Study) -> None:
    said = " ".join(narrative.sentences(mouth, find(mouth)))
    assert "On whole faces of 64×64 pixels brightness reaches 100.0 % accuracy for Male" in said
    assert "(60 faces, 5 parts)" in said
    assert "Hiding the mouth costs most, 50.0 points" in said
    assert "a classifier trained on whole faces makes most with the mouth (100.0 %)" in said
    assert "Losing eyebrows and eyes costs 0.0 points" in said
    assert ": less, by 50.0 points" in said
    part = find(mouth).smallest
    assert part is not None
    assert f"shows {100 * part.visible:.1f} % of the picture" in said


def test_a_classifier_that_knows_nothing_is_not_explained(mouth: Study) -> None:
    flat = {name: np.full_like(values, 0.5) for name, values in mouth.figures.items()}
    study = replace(mouth, figures=flat | {"bias": np.zeros_like(flat["bias"])})
    said = " ".join(narrative.sentences(study, find(study)))
    assert "Hiding any one region costs nothing beyond chance." in said
    assert "costs most" not in said
    assert said.count("no difference beyond chance") == 3
    verdicts = [row.verdict for row in narrative.beside_people(study, find(study))]
    assert verdicts == ["undecided"] * 8
    assert ", within chance of one another." in said


def test_verdicts_follow_the_differences(mouth: Study) -> None:
    rows = narrative.beside_people(mouth, find(mouth))
    assert len(rows) == 8
    assert rows[1].verdict == "unlike people"
    assert "hiding the lower costs more" in rows[1].classifier
    eyes = study_of("eyes")
    found = narrative.beside_people(eyes, find(eyes))
    assert found[1].verdict == "as people"
    few, masks = found[5], found[7]
    assert few.verdict == "as people", "one region decides everything here"
    assert masks.verdict == "unlike people", "the eyes show over a mask"


def test_rankings_are_compared_with_the_published_ones(mouth: Study) -> None:
    assert narrative.resolution(mouth) == "low"
    assert narrative.resolution(replace(mouth, size=(224, 224))) == "high"
    published = table("occlusion-configural").rows
    for order in published.values():
        values = {region: Interval(1.0, 1.0, 1.0) for region in order}
        assert Ranking("", values).agreement(order) == pytest.approx(1)
        assert Ranking("", values).agreement(order[::-1]) == pytest.approx(-1)
    low, high = published.values()
    values = {region: Interval(1.0, 1.0, 1.0) for region in low}
    assert Ranking("", values).agreement(high) == pytest.approx(0.2)  # 4 of 10 pairs differ
    assert narrative.beside_published(mouth, find(mouth))[1] == low


def test_the_texts_figures_stand_beside_ours(mouth: Study) -> None:
    rows = {row.name: row for row in text_figures(mouth, find(mouth))}
    assert list(rows) == list(table("occlusion-figures").rows)
    assert rows["accuracy on whole faces"].ours == pytest.approx(1)
    assert rows["accuracy with the mouth and one other region out"].ours == pytest.approx(0.5)
    assert rows["accuracy with two regions other than the mouth out"].ours == pytest.approx(1)
    kept = rows["share of pairs out that do worse than three regions out but the mouth"]
    assert (kept.low, kept.ours) == (0.8, pytest.approx(0.4))  # the four pairs with the mouth
    assert rows["accuracy without mouth and chin"].ours == pytest.approx(0.5)
    assert rows["accuracy without the strip of the eyes"].ours == pytest.approx(1)
    assert rows["accuracy gained by the lower face (nose and below) over the upper"].ours == 0.5
    assert rows["accuracy without the strip of the eyes"].high == 0.46
    assert np.isnan(rows["accuracy without the strip of the eyes"].low)


def test_what_is_trained_alone_is_told_apart(mouth: Study) -> None:
    own = np.tile([0.6, 0.9, 0.7, 0.65, 0.5], (5, 1))
    study = replace(mouth, alone={"own": own, "whole": own[:, ::-1]})
    findings = find(study)
    assert findings.trained_alone
    assert findings.featural.leads
    assert findings.featural.decided
    assert findings.featural.order == ("eyes", "nose", "mouth", "eyebrows", "chin")
    said = " ".join(narrative.sentences(study, findings))
    assert "trained on it makes most with the eyes (90.0 %) and least with the chin" in said
    assert "learnt from the mouth alone does best (90.0 %)" in said
