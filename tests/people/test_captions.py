"""Names in captions, their order, and whom they name."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prosopon import graph
from prosopon.people.captions import Mentions, assign, shipped
from prosopon.people.captions.assign import NOBODY, Assigned
from prosopon.people.captions.calibration import features_of
from prosopon.people.captions.mentions import NameIndex, inflected, mentions_in
from prosopon.people.captions.order import places
from prosopon.records import Embeddings, NeighbourGraph

KNOWN = {
    "Anna Tamm": [],
    "Mari Õun": [],
    "Иван Петров": [],
    "George W Bush": ["Dubya"],
    "Tony Blair": [],
    "Jean-Pierre Dupont": [],
}


def named(text: str) -> list[str]:
    return [" / ".join(each.names) for each in mentions_in(text, NameIndex.of(KNOWN))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Anna Tamm, Mari Õun ja tundmatu", ["Anna Tamm", "Mari Õun"]),
        ("A. Tamm, Mari Õuna ja Karl Saar", ["Anna Tamm", "Mari Õun", "Karl Saar"]),
        ("Слева: Ивана Петрова, Анна Каренина", ["Иван Петров", "Анна Каренина"]),
        ("George Bush and Blair", ["George W Bush", "Tony Blair"]),
        ("Dubya", ["George W Bush"]),
        ("Tamm, Anna", ["Anna Tamm"]),
        ("TONY BLAIR", ["Tony Blair"]),
        ("Tony Blair's visit", ["Tony Blair"]),
        ("Johannes von der Heide und Blair", ["Johannes von der Heide", "Tony Blair"]),
        ("Photo with Jean-Pierre Dupont’s family. Unknown man.", ["Jean-Pierre Dupont"]),
        ("a wedding in spring", []),
        ("", []),
    ],
)
def test_names_in_texts(text: str, expected: list[str]) -> None:
    assert named(text) == expected


def test_a_name_of_several_may_be_any_of_them() -> None:
    index = NameIndex.of({"Anna Tamm": [], "Anna Kask": []})
    (found,) = mentions_in("Anna", index)
    assert found.names == ("Anna Kask", "Anna Tamm")


@pytest.mark.parametrize(
    ("name", "form"),
    [
        *[("kask", "kase"), ("sepp", "sepa"), ("lepik", "lepikule"), ("virtanen", "virtasen")],
        *[("достоевскии", "достоевского"), ("павел", "павлом"), ("толстая", "толстои")],
        *[("marek", "marka"), ("novotny", "novotneho"), ("berzins", "berzina")],
        *[("kazlauskas", "kazlauskui"), ("nowak", "nowakiem"), ("tamm", "tammega")],
    ],
)
def test_forms_that_change_the_end_of_a_name(name: str, form: str) -> None:
    assert inflected(name, form)


def test_names_that_are_not_forms_of_each_other() -> None:
    for one, other in (("marek", "mark"), ("mark", "marek"), ("kask", "kuusk")):
        assert not inflected(one, other)


@pytest.mark.parametrize("form", ["anna", "annale", "annę", "annas", "anna's"])
def test_inflected_forms(form: str) -> None:
    assert inflected("anna", form)
    assert not inflected("kask", form)


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    for found in mentions_in(text, NameIndex.of(KNOWN)):
        assert 0 <= found.start < found.end


ROW = np.array([[100, 0, 120, 20], [0, 0, 20, 20], [50, 0, 70, 20]], np.float32)
TWO_ROWS = np.array(
    [[100, 0, 120, 20], [0, 5, 20, 25], [50, 60, 70, 80], [0, 62, 20, 82]], np.float32
)
LEFT = [
    *("From left:", "Vasakult:", "Von links:", "V. l. n. r.:", "De gauche à droite :", "Слева:"),
    *("Z lewej:", "Zleva:", "Från vänster:", "Left to right:", "L-R:", "De izquierda a derecha:"),
]


def order(text: str, boxes: np.ndarray) -> list[int]:
    return places(text, mentions_in(text, NameIndex.of(KNOWN), unknown=True), boxes).tolist()


@pytest.mark.parametrize("words", LEFT)
def test_names_from_left_go_to_faces_from_left(words: str) -> None:
    assert order(f"{words} Anna Tamm, Tony Blair, Mari Õun", ROW) == [1, 2, 0]


def test_names_from_right_in_rows_and_where_it_is_not_clear() -> None:
    assert order("From right: Anna Tamm, Tony Blair, Mari Õun", ROW) == [0, 2, 1]
    rows = "Back row from left: Anna Tamm, Tony Blair; front row: Mari Õun, George Bush"
    assert order(rows, TWO_ROWS) == [1, 0, 3, 2]
    assert order("Сидят: Mari Õun, Dubya. Стоят: Anna Tamm, Tony Blair", TWO_ROWS) == [3, 2, 1, 0]
    assert order("From left: Anna Tamm, Tony Blair", ROW) == [-1, -1]
    assert order("Anna Tamm, Tony Blair, Mari Õun", ROW) == [-1, -1, -1]


TWO_ROWS_SAID = [
    ("Esireas vasakult: {}; tagareas: {}", "fb"),
    ("1. rida vasakult: {}. 2. rida: {}", "fb"),
    ("Istuvad vasakult: {}. Seisavad: {}", "fb"),
    ("Hintere Reihe v.l.n.r.: {}; vordere Reihe: {}", "bf"),
    ("Sitzend von links: {}; stehend: {}", "fb"),
    ("Au fond, de gauche à droite : {}. Au premier rang : {}", "bf"),
    ("Rangée arrière : {} ; rangée avant : {}", "bf"),
    ("В первом ряду слева направо: {}; во втором ряду: {}", "fb"),
    ("Стоят: {}. Сидят: {}", "bf"),
    ("W pierwszym rzędzie od lewej: {}, w drugim rzędzie: {}", "fb"),
    ("Bakre raden från vänster: {}. Främre raden: {}", "bf"),
    ("Takarivi vasemmalta: {}, eturivi: {}", "bf"),
    ("Zadní řada zleva: {}, přední řada: {}", "bf"),
    ("Hátsó sor balról: {}; első sor: {}", "bf"),
    ("Primera fila de izquierda a derecha: {}. Segunda fila: {}", "fb"),
    ("Standing (l to r): {}. Seated (l to r): {}", "bf"),
    ("Top row, L-R: {}; bottom row: {}", "bf"),
]


@pytest.mark.parametrize(("text", "rows"), TWO_ROWS_SAID)
def test_rows_in_many_languages(text: str, rows: str) -> None:
    names = {"f": "Mari Õun, Tony Blair", "b": "Anna Tamm, George Bush"}
    expected = {"f": [3, 2], "b": [1, 0]}
    said = text.format(*(names[row] for row in rows))
    assert order(said, TWO_ROWS) == [place for row in rows for place in expected[row]]


def test_the_order_may_stand_behind_and_somebody_unknown_has_a_place() -> None:
    assert order("Anna Tamm, Tony Blair and Mari Õun (from left)", ROW) == [1, 2, 0]
    assert order("Vasakult: Anna Tamm, tundmatu, Mari Õun", ROW) == [1, 2, 0]
    assert order("V.l.n.r. Anna Tamm, N.N., Mari Õun", ROW) == [1, 2, 0]
    assert order("From left: Anna Tamm, Mari Õun, Dubya. Foto: Karl Saar", ROW) == [1, 2, 0]
    assert order("Anna Tamm, Mari Õun, Dubya (from left). © Karl Saar", ROW) == [1, 2, 0]
    assert order("Fot. Karl Saar. From left: Anna Tamm, Mari Õun, Dubya", ROW) == [1, 2, 0]
    assert order("Karl Saar's party. From left: Anna Tamm, Mari Õun, Dubya", ROW) == [-1, 1, 2, 0]


@pytest.mark.parametrize(
    "text",
    [
        "Anna Tamm (left), Tony Blair (centre) and Mari Õun (right)",
        "Vasakul Anna Tamm, keskel Tony Blair, paremal Mari Õun",
        "Links Anna Tamm, in der Mitte Tony Blair, rechts Mari Õun. Foto: Karl Saar",
    ],
)
def test_a_word_beside_each_name_says_where_they_stand(text: str) -> None:
    assert order(text, ROW) == [1, 2, 0]
    assert order(text, ROW[:2]) == [-1, -1, -1]


class Crowd:
    """People with three photographs each, one face a photograph; captions with a stranger each."""

    def __init__(self, people: int = 30, photos: int = 3, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        centres = rng.normal(size=(people, 64))
        self.person = np.repeat(np.arange(people), photos)
        vectors = centres[self.person] + rng.normal(scale=0.15, size=(len(self.person), 64))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        ids = np.arange(len(vectors))
        self.vectors = vectors.astype(np.float32)
        self.graph: NeighbourGraph = graph.build(Embeddings(ids, self.vectors, "m"), k=20)
        self.cluster = self.person.astype(np.int32)
        self.photo = ids.astype(np.int64)
        strangers = (self.person + rng.integers(1, people, len(ids))) % people
        self.captions = [{int(a), int(b)} for a, b in zip(self.person, strangers, strict=True)]

    def mentions(self) -> Mentions:
        pairs = [(p, n) for p, names in enumerate(self.captions) for n in sorted(names)]
        photo, name = np.array(pairs).T
        return Mentions(photo, name, np.full(len(name), -1))

    def assign(self, **given: np.ndarray) -> Assigned:
        return assign(self.graph, self.cluster, self.photo, self.mentions(), 0.5, **given)


def test_captions_name_everybody_whom_they_name_more_often_than_chance() -> None:
    crowd = Crowd()
    crowd.captions[0] -= {0}  # its own caption lacks the name
    found = crowd.assign()
    assert (found.name == crowd.person).all()
    assert not found.in_caption[0]
    assert found.because[0] in (1, 2)
    chance = shipped().probability(found, features_of(found, crowd.vectors, crowd.graph, 0.5))
    assert ((chance >= 0) & (chance <= 1)).all()
    assert chance[crowd.person > 0].min() > 0.9


def test_photographs_without_a_caption_speak_for_nobody_and_against_nobody() -> None:
    crowd = Crowd(photos=9)
    captioned = np.arange(len(crowd.photo)) % 9 < 2  # and seven of each person's have none
    crowd.captions = [
        {person} if told else set()
        for person, told in zip(crowd.person.tolist(), captioned, strict=True)
    ]
    found = crowd.assign()
    assert (found.name == crowd.person).all()
    assert (found.told == captioned).all()
    chance = shipped().probability(found, features_of(found, crowd.vectors, crowd.graph, 0.5))
    assert chance[captioned].min() > 0.9 and chance.min() > 0.5


def test_two_faces_of_a_photograph_never_have_one_name() -> None:
    crowd = Crowd()
    crowd.photo[1] = crowd.photo[0]
    found = crowd.assign()
    assert NOBODY in found.name[:2]


def test_people_have_the_last_word() -> None:
    crowd = Crowd()
    named = np.full(len(crowd.person), NOBODY)
    named[:3] = 7
    closed = np.zeros(len(crowd.person), bool)
    closed[5] = True
    found = crowd.assign(named=named, closed=closed, rejected=np.array([[6, crowd.person[6]]]))
    assert (found.name[:3] == 7).all()
    assert found.name[5] == NOBODY
    assert found.name[6] != crowd.person[6]


def test_order_names_faces_that_nothing_else_names() -> None:
    crowd = Crowd(photos=1)
    mentions = Mentions(crowd.photo, crowd.person.astype(np.int64), crowd.photo)
    found = assign(crowd.graph, crowd.cluster, crowd.photo, mentions, 0.5)
    assert (found.name == crowd.person).all()
    assert found.ordered.all()
    assert (found.lead > 3).all()


def test_where_there_are_no_captions() -> None:
    crowd = Crowd()
    nothing = np.empty(0, np.int64)
    none = Mentions(nothing, nothing, nothing)
    found = assign(crowd.graph, crowd.cluster, crowd.photo, none, 0.5)
    assert (found.name == NOBODY).all()
