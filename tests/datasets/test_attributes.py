"""Every published form of labelled pictures is read alike; what is missing is said."""

from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.io

from prosopon.datasets.attributes import read_dataset
from prosopon.datasets.vocabulary import NAMES
from prosopon.errors import ProsoponError, UsageError


def pictures(folder: Path, *names: str) -> None:
    """Empty files: pictures are not opened when labels are read."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def celeba(folder: Path, yes: str = "1", no: str = "-1") -> None:
    pictures(folder, "img_celeba/000001.jpg", "img_celeba/000002.jpg", "img_celeba/000003.jpg")
    folder.joinpath("list_attr_celeba.txt").write_text(
        "3\nBald Smiling Young \n"
        f"000001.jpg {yes} {no}  {yes}\n000002.jpg {no} {no} {yes}\n000003.jpg  {no} {yes} {no}\n"
    )


@pytest.mark.parametrize(("yes", "no"), [("1", "-1"), ("1", "0"), ("yes", "no"), ("True", "False")])
def test_celebas_list_in_any_alphabet(tmp_path: Path, yes: str, no: str) -> None:
    celeba(tmp_path, yes, no)
    data = read_dataset(tmp_path)
    assert data.attributes == ("Bald", "Smiling", "Young")
    np.testing.assert_array_equal(data.labels, [[1, 0, 1], [0, 0, 1], [0, 1, 0]])
    assert [path.name for path in data.pictures] == ["000001.jpg", "000002.jpg", "000003.jpg"]
    assert "no labels for 5_o_Clock_Shadow" in data.remarks[0]


def test_hugging_faces_image_folders(tmp_path: Path) -> None:
    pictures(tmp_path, "train/a.jpg", "train/b.jpg", "validation/a.jpg")
    (tmp_path / "train" / "metadata.jsonl").write_text(
        '{"file_name": "a.jpg", "Smiling": true, "Young": false, "identity": 7}\n\n'
        '{"file_name": "b.jpg", "Smiling": false, "Young": null, "identity": 9}\n'
    )
    (tmp_path / "validation" / "metadata.csv").write_text("file_name,Smiling,Young\na.jpg,0,1\n")
    data = read_dataset(tmp_path)
    assert data.attributes == ("Smiling", "Young")
    assert [path.parent.name for path in data.pictures] == ["train", "train", "validation"]
    np.testing.assert_array_equal(data.labels, [[1, 0], [0, -1], [0, 1]])
    assert list(data.identities) == ["7", "9", ""] and list(data.splits) == ["train"] * 2 + ["val"]


@pytest.mark.parametrize("line", ["{", "[]", '{"Smiling": 1}'])
def test_a_line_that_describes_no_picture_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "metadata.jsonl").write_text(f'{{"file_name": "a.jpg", "Bald": 1}}\n{line}\n')
    with pytest.raises(ProsoponError, match=r"metadata.jsonl, line 2: "):
        read_dataset(tmp_path)


def test_identities_partition_boxes_and_landmarks_are_optional(tmp_path: Path) -> None:
    celeba(tmp_path)
    assert set(read_dataset(tmp_path).identities) == {""}
    (tmp_path / "identity_CelebA.txt").write_text("000001.jpg 7\n000002.jpg 7\n000003.jpg 9\n")
    (tmp_path / "list_eval_partition.txt").write_text("000001.jpg 0\n000002.jpg 1\n000003.jpg 2\n")
    (tmp_path / "list_bbox_celeba.txt").write_text(
        "3\nimage_id x_1 y_1 width height\n000001.jpg 10 20 30 40\n000003.jpg 1 2 3 4\n"
    )
    (tmp_path / "list_landmarks_celeba.txt").write_text(
        "1\nlefteye_x lefteye_y righteye_x righteye_y nose_x nose_y a b c d\n"
        "000002.jpg 1 2 3 4 5 6 7 8 9 10\n"
    )
    data = read_dataset(tmp_path)
    assert list(data.identities) == ["7", "7", "9"]
    assert list(data.splits) == ["train", "val", "test"]
    np.testing.assert_array_equal(data.boxes[0], [10, 20, 40, 60])
    assert np.isnan(data.boxes[1]).all()
    np.testing.assert_array_equal(data.landmarks[1, 2], [5, 6])
    assert np.isnan(data.landmarks[0]).all()
    assert len(data.split("val")) == 1
    with pytest.raises(UsageError, match="no partition 'trial'.*test, train, val"):
        data.split("trial")


def test_csv_with_identity_and_split_columns(tmp_path: Path) -> None:
    pictures(tmp_path, "images/a.jpg", "images/b.png")
    (tmp_path / "attributes.csv").write_text(
        "image,identity,split,Eyeglasses,Wavy Hair,shoe size\n"
        "a.jpg,4,train,1,0,44\nb.jpg,5,val,0,,45\n"
    )
    data = read_dataset(tmp_path)
    assert data.attributes == ("Eyeglasses", "Wavy_Hair")
    np.testing.assert_array_equal(data.labels, [[1, 0], [0, -1]])
    assert list(data.splits) == ["train", "val"]
    assert data.pictures[1].name == "b.png"


def test_pictures_without_labels_and_labels_without_pictures_are_left_out(tmp_path: Path) -> None:
    celeba(tmp_path)
    (tmp_path / "img_celeba/000002.jpg").unlink()
    pictures(tmp_path, "img_celeba/unlabelled.jpg", "img_celeba/another.jpg")
    data = read_dataset(tmp_path)
    assert len(data) == 2
    assert "1 labels left out: their pictures are missing" in data.remarks
    assert "2 pictures left out: they have no labels" in data.remarks
    np.testing.assert_array_equal(data.labels[1], [0, 1, 0])


def test_missing_attribute_columns_are_named(tmp_path: Path) -> None:
    celeba(tmp_path)
    data = read_dataset(tmp_path)
    np.testing.assert_array_equal(data.only(["Young", "bald"]).labels[0], [1, 1])
    with pytest.raises(UsageError, match="no labels for Goatee, Mustache"):
        data.only(["Young", "Goatee", "Mustache"])


@pytest.mark.parametrize("form", ["v5", "v7.3"])
def test_lfwa(tmp_path: Path, form: str) -> None:
    names = ["AJ_Cook\\AJ_Cook_0001.jpg", "Bo_Li\\Bo_Li_0001.jpg"]
    pictures(tmp_path, *(f"lfw/{name}".replace("\\", "/") for name in names))
    words = ["Male", "Gray Hair", "Asian"]
    labels = np.array([[0, 1, 1], [1, 0, 0]])
    path = tmp_path / "lfw_att_40.mat"
    if form == "v5":
        cells = {
            "AttrName": np.array(words, object)[:, None],
            "name": np.array(names, object)[:, None],
        }
        scipy.io.savemat(path, {**cells, "label": labels})
    else:
        with h5py.File(path, "w", userblock_size=512) as file:
            file["label"] = labels.T.astype(float)
            for variable, texts in (("AttrName", words), ("name", names)):
                cells = file.create_dataset(variable, (1, len(texts)), h5py.ref_dtype)
                for i, text in enumerate(texts):
                    file[f"#refs#/{variable}{i}"] = np.array([[ord(c)] for c in text], np.uint16)
                    cells[0, i] = file[f"#refs#/{variable}{i}"].ref
        with path.open("r+b") as raw:
            raw.write(b"MATLAB 7.3 MAT-file")
    data = read_dataset(tmp_path)
    assert data.attributes == ("Male", "Gray_Hair")
    np.testing.assert_array_equal(data.labels, [[0, 1], [1, 0]])
    assert list(data.identities) == ["AJ_Cook", "Bo_Li"]


def test_umd_aed_knows_some_labels_only(tmp_path: Path) -> None:
    pictures(tmp_path, "croppedImages/0001.jpg", "croppedImages/0002.jpg")
    (tmp_path / "bigNose.txt").write_text("0001.jpg 1\n0002.jpg 0\n")
    (tmp_path / "young.txt").write_text("0002.jpg 1\n")
    data = read_dataset(tmp_path)
    assert data.attributes == ("Big_Nose", "Young")
    np.testing.assert_array_equal(data.labels, [[1, -1], [0, 1]])


def test_zero_is_unknown_beside_minus_one_and_one(tmp_path: Path) -> None:
    pictures(tmp_path, "a.jpg", "b.jpg", "c.jpg")
    (tmp_path / "labels.csv").write_text("image,Bald\na.jpg,1\nb.jpg,0\nc.jpg,-1\n")
    np.testing.assert_array_equal(read_dataset(tmp_path).labels[:, 0], [1, -1, 0])


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        read_dataset(tmp_path / "absent")
    with pytest.raises(UsageError, match="no attribute labels found"):
        read_dataset(tmp_path)
    (tmp_path / "list_attr_celeba.csv").write_text("image,Bald\na.jpg,perhaps\n")
    with pytest.raises(ProsoponError, match="'perhaps' is no label"):
        read_dataset(tmp_path)
    (tmp_path / "list_attr_celeba.csv").write_text("image,Bald\na.jpg,1\n")
    with pytest.raises(UsageError, match=r"none of the 1 labelled pictures is there \(such as a"):
        read_dataset(tmp_path)
    (tmp_path / "list_attr_celeba.csv").write_text("image,Bald\na.jpg,1,1,1\n")
    with pytest.raises(ProsoponError, match="expected 2 cells in each row, got 4"):
        read_dataset(tmp_path)


def test_a_broken_matlab_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "lfw_att_40.mat").write_bytes(b"MATLAB 7.3 and then nothing")
    with pytest.raises(ProsoponError, match="lfw_att_40.mat: not a readable MATLAB file"):
        read_dataset(tmp_path)


@pytest.mark.data
def test_development_data(shared_data: Path) -> None:
    data = read_dataset(shared_data / "celeba")
    assert data.attributes == NAMES
    assert (len(data.split("train")), len(data.split("val"))) == (4143, 905)
    assert len(set(data.identities)) == 241
