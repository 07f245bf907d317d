"""What pages show and what actions do, over HTTP."""

import io
import re
from typing import Any

import numpy as np
import pytest
from markupsafe import escape
from PIL import Image
from tests.web.visiting import Visitor

from prosopon.collection.review import Review, pages
from prosopon.collection.review.views import Cluster
from prosopon.people import Decision, Kind, to_json
from prosopon.store import attributes, decisions, schema

pytestmark = pytest.mark.models

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "Robert'); DROP TABLE faces;--",
    "{{ 7 * 7 }} {% raw %}",
    "שרה כהן",
    "محمد \u202eعلي",
    "Zoë Ångström-O’Brien 陳大文 é̂̃",
    "../../etc/passwd",
]


def largest(review: Review) -> Cluster:
    return pages.clusters(review)[0][0]


def ids(page: str, what: str = "f") -> list[str]:
    """The keys of the items of a page."""
    return re.findall(rf'data-key="{what}([^"]+)"', page)


@pytest.mark.parametrize("name", HOSTILE)
def test_any_name_is_shown_as_it_is(visitor: Visitor, review: Review, name: str) -> None:
    cluster = largest(review)
    done = visitor.do("name", cluster=cluster.identifier, name=name)
    assert progress(visitor) == cluster.open
    person = pages.people(review)[0][0].person
    shown = name.replace("\u202e", "")  # nothing that can't be seen
    assert person.name == shown
    for address in ("/", "/people", f"/people/{done['person']}", "/log", "/questions"):
        page = visitor.page(address)
        assert "<script>alert" not in page and "<img src=x" not in page
    assert str(escape(shown)) in visitor.page("/people")
    found = visitor.get("/names", params={"q": shown}).json()
    assert [one["name"] for one in found] == [shown]


def progress(visitor: Visitor) -> int:
    """How many faces are settled, as the overview says."""
    found = re.search(r'<progress max="\d+" value="(\d+)"', visitor.page("/"))
    assert found is not None
    return int(found[1])


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("x" * 10_000, "at most 500 characters"),
        ("  ", "a name is empty"),
        ("a\x00b", "can't hold"),
    ],
)
def test_what_no_name_is(visitor: Visitor, review: Review, name: str, reason: str) -> None:
    refused = visitor.post("name", cluster=largest(review).identifier, name=name)
    assert refused.status_code == 400
    assert progress(visitor) == 0
    assert reason in refused.json()["error"]


def test_naming_leaves_out_the_unticked(visitor: Visitor, review: Review) -> None:
    cluster = largest(review)
    anna = visitor.do("create", name="Anna")["person"]
    first, *others = [face.id for face in cluster.faces]
    done = visitor.do("name", faces=others, others=[first], person=anna)
    assert done["message"] == f"{len(others)} faces named Anna."
    after, _, _ = pages.cluster(review, cluster.identifier)
    assert [face.id for face in after.faces] == [first]
    assert after.known[0][1] == len(others)
    assert anna in review.view.state.rejected[first]


def test_undo_and_redo(visitor: Visitor, review: Review) -> None:
    done = visitor.do("name", cluster=largest(review).identifier, name="Anna")
    settled = progress(visitor)
    visitor.do("undo", decisions=done["decisions"])
    assert progress(visitor) == 0 and "Anna" not in visitor.page("/people")
    visitor.do("redo", decisions=done["decisions"])
    assert progress(visitor) == settled and "Anna" in visitor.page("/people")
    assert visitor.do("undo")["message"].startswith("Undone")  # the author's last action
    assert progress(visitor) == 0
    assert visitor.post("undo").json()["error"] == "There is nothing of yours to undo."
    assert visitor.post("undo", decisions=["nonsense"]).status_code == 400
    page = visitor.page("/log")
    assert "Undone" in page and "data-redo" in page


def test_two_persons_of_one_name(visitor: Visitor, review: Review) -> None:
    first, second = (cluster.identifier for cluster in pages.clusters(review)[0][:2])
    visitor.do("name", cluster=first, name="John Smith")
    visitor.do("name", cluster=second, name="John Smith", fresh=True)
    assert len(pages.people(review)[0]) == 2
    third = largest(review).identifier
    refused = visitor.post("name", cluster=third, name="john smith")
    assert "Several persons have this name" in refused.json()["error"]
    offered = visitor.get("/names?q=smi").json()
    assert len({one["id"] for one in offered}) == 2
    visitor.do("name", cluster=third, person=offered[0]["id"])
    assert len(pages.people(review)[0]) == 2


def test_a_known_name_is_not_made_twice(visitor: Visitor, review: Review) -> None:
    first, second = (cluster.identifier for cluster in pages.clusters(review)[0][:2])
    one = visitor.do("name", cluster=first, name="Anna")
    other = visitor.do("name", cluster=second, name=" anna ")
    assert one["person"] == other["person"]


def test_marks_set_faces_aside(visitor: Visitor, review: Review) -> None:
    faces = [face.id for face in largest(review).faces]
    visitor.do("ignore", faces=faces[:1])
    visitor.do("not-a-face", faces=faces[1:2])
    assert progress(visitor) == 2
    visitor.do("statue", faces=faces[2:3])
    assert progress(visitor) == 2  # still somebody to name
    page = visitor.page("/questions")
    assert f'value="{faces[0]}"' not in page and f'value="{faces[2]}"' in page
    assert "statue or painting" in page


def test_splitting_off(visitor: Visitor, review: Review) -> None:
    cluster = largest(review)
    faces = [face.id for face in cluster.faces]
    visitor.do("split", faces=faces[:1])
    anna = visitor.do("name", cluster=cluster.identifier, name="Anna")["person"]
    visitor.do("split", faces=faces[1:2], person=anna, name="Bertha")
    people = {one.person.name: one for one in pages.people(review)[0]}
    assert {name: one.faces for name, one in people.items()} == {
        "Anna": len(faces) - 2,
        "Bertha": 1,
        "Unknown 1": 1,
    }
    assert people["Unknown 1"].person.nameless


def test_merging(visitor: Visitor, review: Review) -> None:
    first, second = pages.clusters(review)[0][:2]
    anna = visitor.do("name", cluster=first.identifier, name="Anna Larsen")["person"]
    anne = visitor.do("name", cluster=second.identifier, name="Anne Larsen")["person"]
    assert visitor.post("merge", kept=anna, other={"person": anna}).status_code == 400
    assert visitor.post("merge", kept=anna, other={"name": "Nobody"}).status_code == 400
    done = visitor.do("merge", kept=anna, other={"name": "Anne Larsen"})
    page = visitor.page(f"/people/{anne}")  # the old address still leads there
    assert "Anna Larsen" in page and f"{first.open + second.open} faces" in page
    assert "Anne Larsen" in page  # a variant now
    visitor.do("undo", decisions=done["decisions"])
    assert len(pages.people(review)[0]) == 2


def test_what_is_known_of_a_person(visitor: Visitor, review: Review) -> None:
    anna = visitor.do("name", cluster=largest(review).identifier, name="Anna")["person"]
    done = visitor.do(
        "edit",
        person=anna,
        name="Anna Larsen",
        variants=["Anna Berg"],
        born="1871",
        died="1930-05",
        note="Two\nlines <b>",
        links=["https://viaf.org/viaf/1"],
    )
    assert done["message"].startswith("Anna Larsen:")
    page = visitor.page(f"/people/{anna}")
    for shown in ("Anna Larsen", "Anna Berg", "1871–1930-05", "lines &lt;b&gt;", "urn:uuid:"):
        assert shown in page
    assert 'href="https://viaf.org/viaf/1" rel="noreferrer noopener"' in page
    again = visitor.do("edit", person=anna, name="Anna Larsen", born="1871")
    assert again["decisions"] == []
    for wrong in ({"born": "yesterday"}, {"links": ["no address"]}, {"name": ""}):
        assert visitor.post("edit", **{"person": anna, "name": "A", **wrong}).status_code == 400
    assert visitor.get("/names?q=berg").json()[0]["id"] == anna
    assert "Anna Larsen" in visitor.page("/search?q=larsen")


def test_javascript_is_no_link(visitor: Visitor) -> None:
    eve = visitor.do("create", name="Eve")["person"]
    visitor.do("edit", person=eve, name="Eve", links=["javascript:alert(1)"])
    assert 'href="javascript' not in visitor.page(f"/people/{eve}")


def test_somebody_without_a_face(visitor: Visitor) -> None:
    visitor.do("present", photo=1, name="The photographer")
    assert "The photographer" in visitor.page("/photos/1")
    visitor.do("present", photo=1, name="Her shadow", box=[0.5, 0.5, 0.75, 1])
    page = visitor.page("/photos/1")
    (width,) = re.findall(r'viewBox="0 0 (\d+) \d+" data-photo="1"', page)
    assert f'width="{int(width) / 4}"' in page  # a quarter of the photograph
    assert visitor.post("present", photo=10**6, name="X").status_code == 400
    for box in ([0, 0, 0, 1], [1, 1, 0, 0], [0, 0, 1], [0, 0, 1e9, 1]):
        assert visitor.post("present", photo=1, name="X", box=box).status_code == 400


def test_doubtful_names_come_first_and_can_be_confirmed(visitor: Visitor, review: Review) -> None:
    *sure, doubtful = [face.id for face in largest(review).faces]
    anna = visitor.do("name", faces=sure, name="Anna")["person"]
    visitor.do("name", faces=[doubtful], person=anna, doubtful=True)
    assert ids(visitor.page(f"/people/{anna}"))[0] == str(doubtful)
    assert "Anna" in visitor.page("/people?doubtful=1")
    visitor.do("name", faces=[doubtful], person=anna)
    assert "Anna" not in visitor.page("/people?doubtful=1")


def test_one_of_several_is_asked_on_the_page_of_each(visitor: Visitor, review: Review) -> None:
    face = str(largest(review).faces[0].id)
    anna, bertha = (visitor.do("create", name=name)["person"] for name in ("Anna", "Bertha"))
    review.collection.people.name(int(face), [anna, bertha])
    for person in (anna, bertha):
        page = visitor.page(f"/people/{person}")
        assert ids(page) == [face] and "one of 2 persons" in page
    visitor.do("no", faces=[int(face)], person=bertha)
    assert face not in ids(visitor.page(f"/people/{bertha}"))


def test_restricted_persons_are_nowhere(visitor: Visitor, review: Review) -> None:
    cluster = largest(review)
    faces = [face.id for face in cluster.faces]
    secret = visitor.do("name", cluster=cluster.identifier, name="Secret Agent")["person"]
    total = pages.progress(review).faces
    face = cluster.faces[0]
    before = visitor.picture(f"/photos/{face.photo}.jpg")
    visitor.do("edit", person=secret, name="Secret Agent", restricted=True)
    for address in ("/", "/people", "/leftovers", "/log", "/questions", "/clusters"):
        page = visitor.page(address)
        assert "Secret" not in page
        assert not set(map(str, faces)) & set(ids(page)), address
    assert pages.progress(review).faces == total - len(faces)
    assert "Secret" not in visitor.page("/search?q=secret").replace('value="secret"', "")
    assert visitor.get("/names?q=secret").json() == []
    for gone in (f"/people/{secret}", f"/clusters/{cluster.identifier}"):
        assert visitor.get(gone).status_code == 404
    for number in faces:
        assert visitor.picture(f"/faces/{number}.jpg").status_code == 404
        assert visitor.picture(f"/faces/{number}-large.jpg").status_code == 404
    photo = visitor.page(f"/photos/{face.photo}")
    assert f'data-face="{face.id}"' not in photo and "withheld" in photo
    after = visitor.picture(f"/photos/{face.photo}.jpg")
    assert is_painted_over(after.content, review, face.id)
    assert not is_painted_over(before.content, review, face.id)
    for action in ("name", "reject"):
        assert visitor.post(action, faces=faces[:1], person=secret).status_code == 400


def is_painted_over(jpeg: bytes, review: Review, face: int) -> bool:
    found = review.view.faces
    x1, y1, x2, y2 = found.boxes[found.rows([face])[0]].astype(int)
    pixels = np.asarray(Image.open(io.BytesIO(jpeg)).convert("RGB"), int)
    return bool((abs(pixels[y1:y2, x1:x2] - 128) < 12).all())


def test_the_later_sees_what_the_earlier_did(
    visitor: Visitor, another: Visitor, review: Review
) -> None:
    cluster = largest(review)
    assert another.get("/pulse?since=0").json() == {"length": 0, "authors": []}
    visitor.do("name", cluster=cluster.identifier, name="Anna")
    assert another.get("/pulse?since=0").json() == {"length": 2, "authors": ["Ada"]}
    assert "Anna" in another.page("/people")
    late = another.post("name", cluster=cluster.identifier, name="Berta")
    assert "somebody else has settled them" in late.json()["error"]
    face = cluster.faces[0].id
    another.do("name", faces=[face], name="Berta")  # knowingly: a contradiction
    page = visitor.page("/log")
    assert "Contradictions" in page and "Ada" in page and "Ben" in page


@pytest.mark.parametrize(
    "address",
    [
        "/clusters/99999",
        f"/clusters/{10**40}",
        "/people/00000000-0000-0000-0000-000000000000",
        "/people/anna",
        "/photos/99999",
        f"/photos/{10**30}",
        "/photos/99999.jpg",
        "/faces/99999.jpg",
        f"/faces/{10**25}.jpg",
        "/faces/-1.jpg",
        "/nowhere",
        "/do/name",
    ],
)
def test_what_is_not_there(visitor: Visitor, address: str) -> None:
    assert visitor.get(address).status_code in (404, 405)


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("name", {}),
        ("name", {"faces": [1]}),
        ("name", {"faces": [10**9], "name": "A"}),
        ("name", {"faces": [10**30], "name": "A"}),
        ("name", {"faces": ["x"], "name": "A"}),
        ("name", {"faces": [1], "name": "A", "more": 1}),
        ("name", {"faces": [1], "person": "nobody"}),
        ("reject", {"faces": [1], "name": "A"}),
        ("ignore", {"cluster": 10**18}),
        ("edit", {"person": "x", "name": "A"}),
        ("redo", {"decisions": ["x"]}),
        ("later", {}),
        ("nonsense", {}),
    ],
)
def test_nonsense_changes_nothing(visitor: Visitor, action: str, said: dict[str, Any]) -> None:
    refused = visitor.post(action, **said)
    assert refused.status_code in (400, 404) and refused.json()["error"]
    assert visitor.get("/pulse?since=0").json()["length"] == 0


def test_nonsense_instead_of_json(visitor: Visitor) -> None:
    headers = {"X-CSRF-Token": visitor.access.csrf}
    for body in (b"", b"[", b"\xff", b"[1]", b'"x"', b"[" * 100_000):
        answer = visitor.client.post("/do/name", content=body, headers=headers)
        assert answer.status_code == 400 and answer.json()["error"]


@pytest.mark.parametrize("query", ["after=", "after=x", "after=-1", f"after={10**30}", "after=1.x"])
def test_nonsense_in_addresses(visitor: Visitor, query: str) -> None:
    for address in ("/clusters", "/people", "/leftovers", "/log", "/search", "/names", "/pulse"):
        assert visitor.get(f"{address}?{query}&since=x&q=%00%25_").status_code == 200


def test_pictures_are_kept_by_no_browser_and_belong_to_one_session(
    visitor: Visitor, another: Visitor
) -> None:
    for address in ("/faces/1.jpg", "/faces/1-large.jpg", "/photos/1.jpg", "/photos/1-full.jpg"):
        shown = visitor.picture(address)
        assert shown.headers["Content-Type"] == "image/jpeg"
        assert shown.headers["Cache-Control"] == "no-store" and "ETag" not in shown.headers
        path = shown.request.url.raw_path.decode()
        assert visitor.get(path).status_code == 200
        for gone in (address, f"{address}?of=", f"{address}?of=0123456789abcdef"):
            assert visitor.get(gone).status_code == 404
        # a page that was left open, and another collection served at its address since
        assert another.get(path).status_code == 404


def test_lists_are_complete_however_they_are_cut(
    visitor: Visitor, review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = ids(visitor.page("/clusters"), "c"), ids(visitor.page("/leftovers"))
    monkeypatch.setattr(pages, "FACES", 2)
    for address, kind, expected in (("/clusters", "c", whole[0]), ("/leftovers", "f", whole[1])):
        assert follow(visitor, address, kind) == expected
    cluster = largest(review)
    members = ids(visitor.page(f"/clusters/{cluster.identifier}"))
    assert len(members) == 2
    visitor.do("name", faces=[int(members[-1])], name="Anna")  # the one that the page ended with
    rest = follow(visitor, f"/clusters/{cluster.identifier}?after={members[-1]}", "f")
    assert len(rest) == cluster.open - 2 and not set(rest) & set(members)


def test_a_cluster_and_a_person_at_a_glance(visitor: Visitor, review: Review) -> None:
    cluster = largest(review)
    address = f"/clusters/{cluster.identifier}"
    assert f'src="{address}/faces.png?of=' in visitor.page(address)
    mean = visitor.picture(f"{address}/faces.png")
    assert mean.headers["Content-Type"] == "image/png"
    pixels = np.asarray(Image.open(io.BytesIO(mean.content)).convert("RGB"))
    assert pixels.shape[1] > 2 * pixels.shape[0] and pixels.std() > 20  # the mean, then moved
    for nothing in ("attributes", "nonsense", "..%2f..%2fetc%2fpasswd"):
        assert visitor.picture(f"{address}/{nothing}.png").status_code == 404
    anna = visitor.do("name", cluster=cluster.identifier, name="Anna")["person"]
    assert visitor.picture(f"/people/{anna}/faces.png").status_code == 200
    visitor.do("edit", person=anna, name="Anna", restricted=True)
    assert visitor.picture(f"/people/{anna}/faces.png").status_code == 404
    assert visitor.picture(f"{address}/faces.png").status_code == 404


def test_attributes_at_a_glance(visitor: Visitor, review: Review) -> None:
    cluster = largest(review)
    faces = review.view.faces.face_ids.tolist()
    values = np.random.default_rng(0).random((len(faces), 2), np.float32)
    model = review.collection.settings.embedder  # any model that the collection knows
    with review.collection.store.begin() as connection:
        attributes.use(connection, model, ["Smiling", "Eyeglasses"], [0.5, 0.5])
        attributes.add(connection, faces, model, values)
    address = f"/clusters/{cluster.identifier}"
    assert f'src="{address}/attributes.png?of=' in visitor.page(address)
    assert visitor.picture(f"{address}/attributes.png").content.startswith(b"\x89PNG")


def test_what_is_forgotten_is_gone_from_pages_that_are_open(
    visitor: Visitor, review: Review
) -> None:
    face = largest(review).faces[0].id
    made = visitor.do("name", faces=[face], name="Anna")["decisions"]
    assert "Anna" in visitor.page("/log")
    with review.collection.store.begin() as connection:
        empty = to_json(Decision("Ada", Kind.FORGET))
        decisions.blank(connection, {one: {**empty, "id": one} for one in made})
        connection.execute(schema.faces.delete().where(schema.faces.c.id == face))
        decisions.append(connection, [empty])
    for address in ("/", "/people", "/log", "/search?q=anna"):
        assert "Anna" not in visitor.page(address)
    assert face not in review.view.faces.face_ids
    assert visitor.picture(f"/faces/{face}.jpg").status_code == 404


def follow(visitor: Visitor, address: str, kind: str) -> list[str]:
    """All keys of a list, from page to page."""
    path, found = address.partition("?")[0], []
    while True:
        page = visitor.page(address)
        found += ids(page, kind)
        more = re.search(r'class="more"[^>]*href="\?([^"]+)"', page)
        if more is None:
            return found
        address = f"{path}?{more[1]}"


def test_who_decides_can_be_told(visitor: Visitor, review: Review) -> None:
    answer = visitor.post("author", author="Zoë; Path=/")
    visitor.client.cookies.set("prosopon-author", answer.cookies["prosopon-author"])
    visitor.do("create", name="Anna")
    assert review.view.log[-1].author == "Zoë; Path=/"
