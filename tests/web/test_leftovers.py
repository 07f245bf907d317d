"""Faces alone, contradictions about one face, and in which order people and findings stand."""

import numpy as np
import pytest
from tests.web.visiting import Visitor

from prosopon import languages
from prosopon.collection.describe import save
from prosopon.collection.review import Review, pages
from prosopon.metadata import Metadata
from prosopon.people import Kind
from prosopon.people.quality import clarity
from prosopon.persons import by_family_name

pytestmark = pytest.mark.models


def leave_alone(review: Review) -> None:
    """Ignore all but one face of each cluster."""
    for cluster in pages.clusters(review)[0]:
        faces = [face.id for face in pages.cluster(review, cluster.identifier)[0].faces]
        review.collection.people.by("Ben").mark(faces[1:], Kind.IGNORE)


def test_the_clearest_come_first_and_poor_ones_are_folded_away(
    visitor: Visitor, review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_alone(review)
    view = review.view
    weak = np.zeros(len(view.faces.face_ids), bool)
    weak[view.alone[:2]] = True
    monkeypatch.setattr(type(view.faces), "weak", weak)
    clear, poor = pages.leftovers(review)[0], pages.leftovers(review, poor=True)[0]
    assert {face.id for face in poor} == set(view.faces.face_ids[view.alone[:2]].tolist())
    assert len(clear) + len(poor) == len(view.alone)
    known = clarity(view.faces.boxes, view.faces.table.quality)
    shown = [known[view.faces.rows([face.id])[0]] for face in clear]
    assert shown == sorted(shown, reverse=True)
    page = visitor.page("/leftovers")
    assert "2 small or blurred faces" in page and f'data-faces="{poor[0].id}"' not in page
    assert f'data-faces="{poor[0].id}"' in visitor.page("/leftovers?poor=1")
    done = visitor.do("ignore-poor")
    assert "2 faces ignored" in done["message"]
    assert "small or blurred" not in visitor.page("/leftovers")
    visitor.do("undo", decisions=done["decisions"])
    assert len(pages.poor_leftovers(review)) == 2


def test_a_contradiction_is_settled_for_one_face(visitor: Visitor, another: Visitor) -> None:
    people = visitor.client.app.state.site.review.collection.people  # type: ignore[attr-defined]
    faces = people._collection.view.faces.face_ids[:3].tolist()
    visitor.do("name", faces=faces, name="Anna")
    another.do("name", faces=faces[:2], name="Bertha")
    page = visitor.page("/log")
    assert page.count('data-post="settle"') == 6  # two faces: Anna, Bertha, none of them
    bertha = people.find("Bertha").id
    visitor.do("settle", faces=faces[:1], person=bertha)
    state = people._collection.view.state
    assert state.names[faces[0]].persons == (bertha,)
    assert [one.faces for one in state.conflicts] == [(faces[1],)]
    assert faces[2] in state.names  # what is not in contradiction stays
    visitor.do("settle", faces=faces[1:2])
    state = people._collection.view.state
    assert not state.conflicts and faces[1] not in state.names
    assert visitor.post("settle", faces=faces[1:2]).status_code == 400


def test_people_stand_by_family_name_in_the_languages_alphabet(
    visitor: Visitor, review: Review
) -> None:
    names = ["Zoe Tamm", "Anna Žukov", "Õie Õun", "Karl von Berg", "Ida Umbra", "Oda Oun"]
    for name in names:
        visitor.do("create", name=name)
    visitor.do("create", name="Anybody", nameless=True)
    english = ["von Berg", "Oun", "Õun", "Tamm", "Umbra", "Žukov", "Anybody"]
    estonian = ["von Berg", "Oun", "Žukov", "Tamm", "Umbra", "Õun", "Anybody"]
    for language, families in (("en", english), ("et", estonian)):
        page = visitor.get("/people", headers={"Accept-Language": language}).text
        places = [page.index(f"{family}</bdi></b>") for family in families]
        assert places == sorted(places), language


def test_filing_names() -> None:
    assert by_family_name("Karl von Berg") == "Berg, Karl"
    assert by_family_name("Larsen, Anna Maria") == "Larsen, Anna Maria"
    assert by_family_name("Plato") == "Plato"
    with languages.speaking("et"):
        words = ["vana", "zoo", "šokolaad", "sild", "täht", "õun", "žanr", "öö", "ümar", "xyz"]
        assert sorted(words, key=languages.sort_key) == [
            *("sild", "šokolaad", "zoo", "žanr", "täht", "vana", "õun", "öö", "ümar", "xyz")
        ]


def test_search_looks_into_captions_and_past_accents(visitor: Visitor, review: Review) -> None:
    with review.collection.store.begin() as connection:
        save(connection, "file", {2: Metadata(caption="Mardipäev Tõrvas")})
    assert '/photos/2"' in visitor.page("/search?q=torvas")
    assert '/photos/2"' not in visitor.page("/search?q=torvasse")
