"""Files that move, go, come back, are damaged, or are written into by others."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import prosopon
from prosopon.collection import Collection
from prosopon.errors import ProsoponError, UsageError
from prosopon.synthetic import Album

pytestmark = pytest.mark.models


@pytest.fixture
def folder(album: Album, tmp_path: Path) -> Path:
    """Three photographs with a face or more in each."""
    made = tmp_path / "old"
    made.mkdir()
    for picture in sorted((album.folder / "images").iterdir())[:3]:
        shutil.copy2(picture, made)
    return made


@pytest.fixture
def archive(folder: Path, tmp_path: Path) -> Iterator[Collection]:
    """They are indexed, and a face has a name."""
    with prosopon.open(tmp_path / "a.prosopon", workers=1) as collection:
        collection.index(folder)
        face = int(collection.visible.ids[0])
        collection.people.name([face], "Anna")
        yield collection


def named(collection: Collection) -> int:
    return sum(person.name == "Anna" for person in collection.view.persons)


def paths(collection: Collection) -> set[Path]:
    return {Path(photo.path).parent for photo in collection.photos.values()}


def test_a_moved_folder_and_its_old_place(archive: Collection, folder: Path) -> None:
    before = archive.visible.ids.tolist()
    new = folder.rename(folder.with_name("new"))
    moved = archive.index(new)
    assert (moved.moved, moved.vanished, moved.examined) == (3, 0, 0)
    assert paths(archive) == {new}
    again = archive.index(folder)
    assert (again.missing, again.moved, again.vanished) == ([str(folder)], 0, 0)
    assert archive.visible.ids.tolist() == before
    with pytest.raises(ProsoponError, match="no such file or folder"):
        archive.index(folder.with_name("never"))


@pytest.mark.parametrize(
    "target",
    [
        *("a.csv", "catalogue.csv", "depicts.csv", "a.json", "a.jsonld", "a.coco.json"),
        *("a.fiftyone.json", "a.iiif.json", "iiif/"),
    ],
)
def test_an_export_names_living_paths_and_tells_of_a_move(
    archive: Collection, folder: Path, tmp_path: Path, target: str
) -> None:
    assert archive.export(f"{tmp_path}/{target}").problems == []
    new = folder.rename(folder.with_name("elsewhere"))
    assert archive.status().folders_gone == archive.export(f"{tmp_path}/{target}").problems
    (told,) = archive.status().folders_gone
    assert told.startswith(f"{folder} is not there")
    archive.index(new)
    assert archive.export(f"{tmp_path}/{target}").problems == archive.status().folders_gone == []
    written = [tmp_path / target] if target[-1] != "/" else list((tmp_path / target).iterdir())
    assert not any(f"{folder}/" in file.read_text() for file in written)


def test_a_path_may_lead_up_and_down_again(
    archive: Collection, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "beside").mkdir()
    monkeypatch.chdir(tmp_path / "beside")
    first = min(folder.iterdir())
    assert archive.find_photo(f"../old/{first.name}") == archive.find_photo(first)
    first.unlink()
    assert archive.index("../old").vanished == 1
    folder.rename(folder.with_name("new"))
    assert archive.relocate("../old", "../new").moved == 2
    assert archive.index("../old").missing == [str(folder)]


def test_gone_files_are_told_from_moved_ones_and_come_back(
    archive: Collection, folder: Path
) -> None:
    _, two, three = sorted(folder.iterdir())
    two.rename(folder / "renamed.jpg")
    away = three.rename(folder.parent / "away.jpg")
    result = archive.index(folder)
    assert (result.moved, result.vanished) == (1, 1)
    assert len(archive.photos) == 2
    assert archive.status().gone == 2
    away.rename(three)
    result = archive.index(folder)
    assert (result.unchanged, result.examined, len(archive.photos)) == (3, 0, 3)


def test_relocate_takes_all_along_and_opens_nothing(archive: Collection, folder: Path) -> None:
    before = archive.visible.ids.tolist()
    new = folder.rename(folder.with_name("new"))
    one, two, three = sorted(new.iterdir())
    os.utime(one, ns=(1, 1))  # the same bytes at another time
    two.write_bytes(b"another file")
    three.unlink()
    with pytest.raises(UsageError, match="nothing was indexed"):
        archive.relocate(folder.with_name("never"), new)
    with pytest.raises(UsageError, match="no such folder"):
        archive.relocate(folder, new.with_name("never"))
    done = archive.relocate(folder, new)
    assert (done.moved, done.different) == (1, [str(two)])
    assert done.missing == [str(folder / three.name)]
    assert archive.index(new).examined == 0
    assert archive.visible.ids.tolist()[:1] == before[:1]
    assert named(archive) == 1


def test_what_others_write_into_a_file_leaves_its_names(archive: Collection, folder: Path) -> None:
    path = min(folder.iterdir())
    content = path.read_bytes()
    assert content[:2] == b"\xff\xd8"
    path.write_bytes(content[:2] + b"\xff\xfe\x00\x09caption" + content[2:])
    before = archive.visible.ids.tolist()
    result = archive.index(folder)
    assert (result.unchanged, result.examined, result.faces) == (2, 0, 0)
    assert archive.visible.ids.tolist() == before
    assert named(archive) == 1
    shutil.copy(path, folder / "copy.jpg")
    assert archive.index(folder).examined == 0
    assert len(archive.photos) == 3


def test_a_run_that_fails_hides_nothing(archive: Collection, folder: Path) -> None:
    before, detector = archive.visible.ids.tolist(), archive.status().detector
    other = Collection(archive.store, archive.settings.model_copy(update={"embedder": "none"}))
    with pytest.raises(ProsoponError):
        other.index(folder)
    missing = {"detector": "centerface" if detector != "centerface" else "yunet"}
    failing = Collection(archive.store, archive.settings.model_copy(update=missing))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("prosopon.collection.index_worker._models", _no_models)
        with pytest.raises(ProsoponError, match="weights"):
            failing.index(folder)
    assert archive.status().detector == detector
    assert archive.visible.ids.tolist() == before
    assert named(archive) == 1


def _no_models(*_: object) -> None:
    raise ProsoponError("the weights are not here")


def test_the_models_in_force_change_when_the_run_has_ended(
    archive: Collection, folder: Path
) -> None:
    """While it runs, and after it was interrupted, the collection is as it was."""
    detector = archive.status().detector
    other = Collection(archive.store, archive.settings.model_copy(update={"score_threshold": 0.8}))
    seen = []

    def look(*_: object) -> None:
        seen.append((archive.status().detector, len(archive.visible)))

    before = len(archive.visible)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("prosopon.store.thumbnails.Thumbnails.put", look)
        other.index(folder)
    assert seen == [(detector, before)] * len(seen) != []


def test_what_the_new_detector_has_not_seen_is_said(archive: Collection, folder: Path) -> None:
    more = folder.with_name("more")
    more.mkdir()
    shutil.copy(min(folder.iterdir()), more)
    Image.new("RGB", (300, 200)).save(more / "grey.png")
    other = Collection(archive.store, archive.settings.model_copy(update={"score_threshold": 0.8}))
    assert other.index(more).not_examined == 2
    assert other.index(folder).not_examined == 0
    assert other.index(more).without_faces == 1
    assert other.status().without_faces == [str(more / "grey.png")]


def test_a_damaged_picture_is_noticed_at_all_its_paths(archive: Collection, folder: Path) -> None:
    half = min(folder.iterdir()).read_bytes()
    for name in ("x.jpg", "y.jpg", "z.jpg"):
        (folder / name).write_bytes(half[: len(half) // 2])
    result = archive.index(folder)
    assert sorted(Path(path).name for path in result.failures) == ["x.jpg", "y.jpg", "z.jpg"]
    assert archive.index(folder).unchanged == 6


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may list any folder")
def test_a_mended_folder_is_no_failure_any_more(archive: Collection, folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0)
    assert str(closed) in archive.index(folder).failures
    closed.chmod(0o755)
    assert archive.index(folder).failures == {}


def test_a_link_that_is_mended_is_no_failure_any_more(archive: Collection, folder: Path) -> None:
    link = folder / "link.jpg"
    link.symlink_to(folder / "nowhere")
    assert list(archive.index(folder).failures) == [str(link)]
    (folder / "nowhere").write_bytes(min(folder.iterdir()).read_bytes())
    assert archive.index(folder).failures == {}


@pytest.mark.skipif(os.name == "nt", reason="names of other systems")
def test_names_that_are_no_text(archive: Collection, folder: Path, tmp_path: Path) -> None:
    source = min(folder.iterdir())
    odd = folder / os.fsdecode(b"caf\xe9")
    odd.mkdir()
    picture = np.asarray(Image.open(source))[:, ::-1]
    Image.fromarray(picture).save(odd / os.fsdecode(b"\xff.png"))
    (odd / os.fsdecode(b"\xfe.jpg")).write_text("no picture")
    result = archive.index(folder)
    assert result.examined == 1
    assert list(result.failures) == [f"{folder}/caf\ufffde9/\ufffdfe.jpg"]
    shown = [photo.path for photo in archive.photos.values() if photo.path.endswith(".png")]
    assert shown == [f"{folder}/caf\ufffde9/\ufffdff.png"]
    archive.export(tmp_path / "o.csv")
    assert shown[0] in (tmp_path / "o.csv").read_text("utf-8-sig")
    assert archive.index(odd).unchanged == 2
    odd.rename(folder / "plain")
    archive.relocate(odd, folder / "plain")
    assert archive.index(folder).examined == 0


def test_every_page_is_a_photograph(archive: Collection, folder: Path) -> None:
    pictures = [Image.open(path) for path in sorted(folder.iterdir())]
    pictures[0].save(folder / "all.tif", save_all=True, append_images=pictures[1:])
    result = archive.index(folder)
    assert (result.files, result.examined) == (4, 3)
    pages = sorted(p.path for p in archive.photos.values() if "all.tif" in p.path)
    assert pages == [str(folder / f"all.tif{end}") for end in ("", "#page=2", "#page=3")]
    assert archive.info(pages[2]).faces
    assert archive.index(folder).unchanged == 4
    assert len(archive.copies()) == 3
    (folder / "all.tif").unlink()
    assert archive.index(folder).vanished == 1
    assert len(archive.photos) == 3


def test_copies_are_known(archive: Collection, folder: Path) -> None:
    with Image.open(min(folder.iterdir())) as picture:
        picture.resize((picture.width // 2, picture.height // 2)).save(folder / "small.jpg")
    archive.index(folder)
    (first,) = set(archive.copies().values())
    assert archive.photos[first].path == str(min(folder.iterdir()))
    assert list(archive.status().copies) == [str(folder / "small.jpg")]
    original = archive.find_photo(min(folder.iterdir()))[0]
    face = int(archive.view.faces.of_photo(original)[0])
    archive.people.name([int(archive.view.faces.face_ids[face])], "Berta")
    found = archive.search_photos(persons=["Berta"])
    assert [(hit.path, hit.copies) for hit in found.photos] == [(str(min(folder.iterdir())), 1)]
    both = archive.search_photos(persons=["Berta"], copies=True)
    assert [Path(hit.path).name for hit in both.photos][1:] == ["small.jpg"]
    archive.people.undo()
    with pytest.raises(UsageError, match="no such person"):
        archive.search_photos(persons=["Berta"])


def test_no_sidecar_is_written_where_the_photograph_is_gone(
    archive: Collection, folder: Path
) -> None:
    new = folder.rename(folder.with_name("new"))
    with pytest.raises(ProsoponError, match="prosopon relocate"):
        archive.export(form="xmp")
    assert not folder.exists()
    archive.relocate(folder, new)
    assert archive.export(form="xmp").files == 1
    assert len(list(new.glob("*.xmp"))) == 1


def test_all_paths_are_exported(archive: Collection, folder: Path, tmp_path: Path) -> None:
    first = min(folder.iterdir())
    for name in ("zz copy.jpg", "zz other copy.jpg"):
        shutil.copy(first, folder / name)
    archive.index(folder)
    archive.export(tmp_path / "o.json")
    rows = json.loads((tmp_path / "o.json").read_text("utf-8"))["faces"]
    others = {row["path"]: row["other_paths"] for row in rows}
    assert others[str(first)] == [
        str(folder / "zz copy.jpg"),
        str(folder / "zz other copy.jpg"),
    ]
    assert sum(map(len, others.values())) == 2


def test_what_another_program_turned_is_said(archive: Collection, folder: Path) -> None:
    path = min(folder.iterdir())
    exif = Image.Exif()
    exif[0x0112] = 3
    block = exif.tobytes()
    content = path.read_bytes()
    segment = b"\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block
    path.write_bytes(content[:2] + segment + content[2:])
    result = archive.index(folder)
    assert (result.reoriented, result.examined) == (1, 1)
    assert archive.index(folder).reoriented == 0
