"""Faces for other programs, asked as ResourceSpace's plugin and LocalAI's clients ask."""

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient
from tests.web.visiting import ADDRESS

from prosopon.collection import Collection
from prosopon.collection.face_service import FaceService
from prosopon.collection.review import Review
from prosopon.synthetic import Album
from prosopon.web import Access, face_service

pytestmark = pytest.mark.models
SECRET = "a secret of this test"


@pytest.fixture
def people(review: Review) -> Collection:
    return review.collection


@pytest.fixture
def client(people: Collection) -> TestClient:
    made = face_service(FaceService(people), Access(token=SECRET))
    return TestClient(made, base_url=ADDRESS, headers={"Authorization": f"Bearer {SECRET}"})


def portraits(people: Collection) -> list[tuple[Path, int]]:
    """Photographs with one face, of two people: the first two of one, the third of another."""
    view = people.view
    photo_of = dict(zip(view.faces.face_ids.tolist(), view.faces.photo_ids.tolist(), strict=True))
    alone = {face for face, p in photo_of.items() if list(photo_of.values()).count(p) == 1}
    clusters = [
        [face for face in view.faces.face_ids[view.faces.members(row)].tolist() if face in alone]
        for row in np.argsort(-view.cluster_sizes).tolist()
    ]
    one, other = [found for found in clusters if len(found) > 1][:2]
    return [(Path(people.photos[photo_of[f]].path), f) for f in (one[0], one[1], other[0])]


def base64_of(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def ask(client: TestClient, verb: str, **said: Any) -> Any:
    answer = client.post(f"/v1/face/{verb}", json={"model": "any", **said})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_faces_are_extracted_as_the_plugin_expects(client: TestClient, album: Album) -> None:
    path = max((album.folder / "images").iterdir(), key=lambda one: one.stat().st_size)
    with path.open("rb") as file:
        answer = client.post("/extract_faces", files={"file": (path.name, file, "image/jpeg")})
    assert answer.status_code == 200
    assert len(answer.json()) >= 1
    for face in answer.json():
        x1, y1, x2, y2 = face["bbox"]
        assert x1 < x2 and y1 < y2
        assert np.linalg.norm(face["embedding"]) == pytest.approx(1, abs=1e-4)
        assert 0 < face["det_score"] <= 1


def test_vectors_are_those_of_the_index(client: TestClient, people: Collection) -> None:
    path, face = portraits(people)[0]
    with path.open("rb") as file:
        (found,) = client.post("/extract_faces", files={"file": file}).json()
    kept = people.embeddings
    np.testing.assert_allclose(
        found["embedding"], kept.vectors[kept.face_ids == face][0], atol=1e-4
    )


def test_similar_faces_of_the_collection(client: TestClient, people: Collection) -> None:
    (_, face), (_, same), _ = portraits(people)
    asked = {"ref": face, "db": "resourcespace", "threshold": 0.0, "k": 200}
    found = client.post("/find_similar_faces", json=asked).json()
    cosines = [one["similarity"] for one in found]
    assert same in [one["ref"] for one in found] and face not in [one["ref"] for one in found]
    assert cosines == sorted(cosines, reverse=True)
    assert client.post("/find_similar_faces", json={**asked, "tagged_only": True}).json() == []
    people.people.by("Ada").name([same], "Anna Tamm")
    (named,) = client.post("/find_similar_faces", json={**asked, "tagged_only": True}).json()
    assert (named["ref"], named["name"]) == (same, "Anna Tamm")
    assert client.post("/find_similar_faces", json={**asked, "ref": 10**9}).status_code == 404


def test_two_pictures_are_verified(client: TestClient, people: Collection) -> None:
    (one, _), (_, _), (other, _) = portraits(people)
    same = ask(client, "verify", img1=base64_of(one), img2=f"data:x;base64,{base64_of(one)}")
    assert same["verified"] and same["distance"] == pytest.approx(0, abs=1e-5)
    assert same["confidence"] == pytest.approx(100, abs=0.1)
    assert {"x", "y", "w", "h"} == same["img1_area"].keys()
    stranger = ask(client, "verify", img1=base64_of(one), img2=base64_of(other), threshold=1e-4)
    assert not stranger["verified"] and stranger["confidence"] == 0


def test_who_registered_is_identified_until_forgotten(
    client: TestClient, people: Collection
) -> None:
    (one, _), _, (other, _) = portraits(people)
    made = ask(client, "register", name="Kati", img=base64_of(one), labels={"room": "5"})
    ask(client, "register", name="Mari", **{"embedding": [0.1] * 128})
    (first, *_) = ask(client, "identify", img=base64_of(one))["matches"]
    assert (first["id"], first["name"], first["match"]) == (made["id"], "Kati", True)
    assert first["labels"] == {"room": "5"}
    assert len(ask(client, "identify", img=base64_of(other), top_k=1)["matches"]) == 1
    assert client.post("/v1/face/forget", json={"id": made["id"]}).status_code == 204
    assert client.post("/v1/face/forget", json={"id": made["id"]}).status_code == 404
    left = ask(client, "identify", img=base64_of(one))["matches"]
    assert "Kati" not in [match["name"] for match in left]


def test_named_persons_are_identified_and_restricted_ones_are_not(
    client: TestClient, people: Collection
) -> None:
    (_, face), (same, _), _ = portraits(people)
    person = people.people.by("Ada").name([face], "Anna Tamm").person
    (first, *_) = ask(client, "identify", img=base64_of(same))["matches"]
    assert (first["id"], first["name"]) == (person, "Anna Tamm")
    people.people.change(person, restricted=True)
    assert ask(client, "identify", img=base64_of(same))["matches"] == []
    asked = {"ref": face, "db": "x"}
    assert client.post("/find_similar_faces", json=asked).status_code == 404


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/v1/face/verify", {"img1": "http://example.org/a.jpg", "img2": ""}),
        ("/v1/face/verify", {"img1": "not base64", "img2": ""}),
        ("/v1/face/verify", {}),
        ("/v1/face/embed", {"img": base64.b64encode(b"no picture").decode()}),
        ("/v1/face/register", {"name": "A"}),
        ("/v1/face/register", {"name": "A", "embedding": [0.0] * 128}),
        ("/v1/face/register", {"name": "", "embedding": [1.0] * 128}),
        ("/v1/face/identify", {"img": "", "threshold": "much"}),
        ("/find_similar_faces", {"ref": "x"}),
        ("/extract_faces", {}),
    ],
)
def test_what_can_not_be_answered_is_told(
    client: TestClient, address: str, said: dict[str, Any]
) -> None:
    answer = client.post(address, json=said)
    assert answer.status_code == 400 and answer.json()["error"]["message"]


def test_only_who_brings_the_secret_is_answered(people: Collection) -> None:
    app = face_service(FaceService(people), Access(token=SECRET))
    plain = TestClient(app, base_url=ADDRESS)
    asked = {"ref": 10**9, "db": "x"}
    assert plain.post("/find_similar_faces", json=asked).status_code == 401
    assert plain.post(f"/{SECRET}/find_similar_faces", json=asked).status_code == 404  # no face
    assert plain.post(f"/{SECRET}x/find_similar_faces", json=asked).status_code == 401
    page = {"Authorization": f"Bearer {SECRET}", "Origin": "https://example.org"}
    assert plain.post("/find_similar_faces", json=asked, headers=page).status_code == 403
    rebound = {"Authorization": f"Bearer {SECRET}", "Host": "example.org"}
    assert plain.post("/find_similar_faces", json=asked, headers=rebound).status_code == 421
    huge = {"Authorization": f"Bearer {SECRET}", "Content-Length": str(10**9)}
    assert plain.post("/find_similar_faces", content=b"{}", headers=huge).status_code == 413
