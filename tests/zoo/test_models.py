"""Cards, checked weights, conversions kept in the cache, models of the user's own."""

import pickle
import shutil
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from prosopon import zoo
from prosopon.errors import ProsoponError, UsageError
from prosopon.records import WEIGHTLESS, ModelCard, Threshold
from prosopon.zoo import card_files, models
from prosopon.zoo.convert import CONVERTERS
from prosopon.zoo.onnx_graph import GraphBuilder


def add(network: Path, **fields: object) -> ModelCard:
    values = {
        "id": "mean-colour",
        "task": "embedder",
        "backend": "onnx-embedder",
        "licence": "CC0-1.0",
        "alignment": "arcface-112",
        "mean": [127.5] * 3,
        "scale": 128.0,
    }
    return zoo.add(network, **(values | fields))


def spoil(file: Path, at: int = 1000) -> None:
    """Change one byte."""
    content = bytearray(file.read_bytes())
    content[at % len(content)] ^= 1
    file.write_bytes(bytes(content))


def test_every_card_says_what_is_needed(folder: Path) -> None:
    cards = zoo.cards()
    assert {"mmod", "mtcnn", "yunet", "centerface", "sface", "dlib-resnet", "joint"} <= set(cards)
    for card in cards.values():
        assert (
            len(card.sha256) == (0 if card.source == WEIGHTLESS else 64)
            and card.licence
            and card.description
        ), card.id
        tasks = ("detector", "landmarks", "embedder", "features", "attributes")
        assert card.task in tasks, card.id
        assert card.data_terms, card.id
    assert cards["dlib-landmarks-68"].licence.endswith("not for commercial use")
    assert "not for commercial use" in cards["mtcnn"].licence
    assert "non-commercial" in cards["yunet"].data_terms


def test_an_unknown_model_is_refused_with_the_closest(folder: Path) -> None:
    with pytest.raises(UsageError, match="no model 'dlib-resnt': did you mean dlib-resnet"):
        zoo.load("dlib-resnt")
    with pytest.raises(UsageError, match="known: .*mmod"):
        zoo.card("zzzzzz")


def test_an_added_model_is_copied_and_runs(folder: Path, network: Path) -> None:
    card = add(network)
    network.unlink()
    assert zoo.cards()["mean-colour"] == card
    model = zoo.load("mean-colour")
    chips = np.full((2, 112, 112, 3), 255, np.uint8)
    chips[1, ..., 2] = 0
    (vectors,) = model.run(model.blob(chips))
    np.testing.assert_allclose(vectors, [[127.5 / 128] * 3, [127.5 / 128] * 2 + [-127.5 / 128]])
    zoo.verify("mean-colour")


def test_channel_order_is_the_cards(folder: Path, network: Path) -> None:
    chip = np.zeros((1, 112, 112, 3), np.uint8)
    chip[..., 0] = 100
    model = models.Model(replace(add(network), mean=(0.0,) * 3, scale=1.0), {"": network})
    assert model.run(model.blob(chip))[0].tolist() == [[100, 0, 0]]
    turned = models.Model(replace(model.card, channels="BGR"), {"": network})
    assert turned.run(turned.blob(chip))[0].tolist() == [[0, 0, 100]]
    grey = models.Model(replace(model.card, channels="L"), {"": network})
    assert grey.blob(chip).shape == (1, 1, 112, 112)


def test_a_model_can_be_sent_to_another_process(folder: Path, network: Path) -> None:
    add(network)
    model = zoo.load("mean-colour")
    chips = np.ones((1, 112, 112, 3), np.uint8)
    before = model.run(model.blob(chips))
    copy = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copy.run(copy.blob(chips)), before)


def test_weights_with_a_changed_byte_are_refused(folder: Path, network: Path) -> None:
    add(network)
    spoil(folder / "weights" / "mean-colour.onnx")
    with pytest.raises(ProsoponError, match=r"mean-colour\.onnx: .* have changed: SHA-256"):
        zoo.load("mean-colour")
    with pytest.raises(ProsoponError, match="have changed"):
        zoo.verify("mean-colour")


def test_missing_weights_say_what_to_do(folder: Path, network: Path) -> None:
    add(network)
    (folder / "weights" / "mean-colour.onnx").unlink()
    with pytest.raises(ProsoponError, match="are not here: add it again"):
        zoo.load("mean-colour")
    assert not zoo.is_present(zoo.card("mean-colour"))
    with pytest.raises(ProsoponError, match="run  prosopon models pull sface"):
        zoo.load("sface")


def test_only_new_ids_can_be_added(folder: Path, network: Path) -> None:
    with pytest.raises(UsageError, match="already a model 'mmod'"):
        add(network, id="mmod")
    add(network)
    with pytest.raises(UsageError, match="already a model 'mean-colour'"):
        add(network)


def test_what_cannot_be_a_model_is_refused(folder: Path, network: Path, tmp_path: Path) -> None:
    text = tmp_path / "letter.onnx"
    text.write_text("Dear colleague")
    with pytest.raises(ProsoponError, match=r"letter\.onnx: not a network that ONNX Runtime"):
        add(text)
    with pytest.raises(UsageError, match="no such file"):
        add(tmp_path / "nowhere.onnx")
    with pytest.raises(ProsoponError, match="no field colour"):
        add(network, colour="blue")
    with pytest.raises(ProsoponError, match="channels must be"):
        add(network, channels="RGBA")
    with pytest.raises(ProsoponError, match="licence: Field required"):
        zoo.add(network, id="mean-colour", task="embedder", backend="onnx-embedder")
    assert not (folder / "cards").exists() and not (folder / "weights").exists()


def test_a_network_with_another_input_is_refused(folder: Path, tmp_path: Path) -> None:
    graph = GraphBuilder("flat")
    graph.add("Relu", "values", name="vectors")
    file = tmp_path / "flat.onnx"
    model = graph.finish({"values": ("n", 128)}, {"vectors": ("n", 128)})
    file.write_bytes(model.SerializeToString())
    with pytest.raises(ProsoponError, match=r"flat\.onnx: expected a network with one input"):
        add(file)


texts = st.text(st.characters(codec="utf-8", exclude_characters="\x7f"), max_size=20)


@given(texts, texts, st.floats(0.1, 1000), st.tuples(st.integers(1, 999), st.integers(1, 999)))
def test_cards_survive_their_file(
    licence: str, description: str, scale: float, size: tuple[int, int]
) -> None:
    card = ModelCard(
        "one", "embedder", "onnx-embedder", "0" * 64, licence, "file:one.onnx", description, size,
        scale=scale, threshold=Threshold(0.5, "LFW", 0.001, 0.01, "2025-01-01"),
    )  # fmt: skip
    values = tomllib.loads(tomli_w.dumps(card_files.plain(card)))
    assert card_files.make("one", values, "test") == card


def test_fields_from_the_command_line() -> None:
    fields = zoo.parse_fields({"input_size": "112,96", "mean": "1,2,3.5", "channels": "BGR"})
    assert fields == {"input_size": [112, 96], "mean": [1, 2, 3.5], "channels": "BGR"}
    with pytest.raises(UsageError, match="scale=big: expected numbers"):
        zoo.parse_fields({"scale": "big"})


def test_only_what_is_installed_can_be_configured() -> None:
    with pytest.raises(UsageError, match="no execution provider 'AbacusExecutionProvider'"):
        zoo.configure(providers=["AbacusExecutionProvider"])
    with pytest.raises(UsageError, match="threads"):
        zoo.configure(threads=-1)
    zoo.configure(threads=1, providers=["CPUExecutionProvider"])
    zoo.configure()


class TestConversion:
    """Weights that are converted once and kept."""

    @pytest.fixture
    def card(self, folder: Path) -> ModelCard:
        """dlib's detector as a model of the user's own."""
        source = models.checked_source(zoo.card("mmod"))
        return zoo.add(source, id="mine", task="detector", backend="mmod", licence="CC0-1.0")

    def test_is_made_once(self, card: ModelCard, folder: Path) -> None:
        first = zoo.load("mine").path
        made = first.stat().st_mtime_ns
        assert folder in first.parents
        assert zoo.load("mine").path == first and first.stat().st_mtime_ns == made
        assert not list(first.parents[1].glob(".making-*"))

    @pytest.mark.parametrize("harm", ["changed", "short", "missing", "no hashes", "bad hashes"])
    def test_is_made_again_when_damaged(self, card: ModelCard, harm: str) -> None:
        file = zoo.load("mine").path
        whole = file.read_bytes()
        match harm:
            case "changed":
                spoil(file)
            case "short":
                file.write_bytes(whole[:-1])
            case "missing":
                file.unlink()
            case "no hashes":
                (file.parent / "sha256.json").unlink()
            case "bad hashes":
                (file.parent / "sha256.json").write_text("[1, 2")
        assert zoo.load("mine").path.read_bytes() == whole
        assert [entry.name for entry in file.parents[1].iterdir()] == [file.parent.name]

    def test_is_made_again_by_a_newer_converter(
        self, card: ModelCard, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        old = zoo.load("mine").path
        monkeypatch.setitem(CONVERTERS, "mmod", replace(CONVERTERS["mmod"], version=99))
        assert zoo.load("mine").path != old

    def test_changed_source_is_refused_though_the_conversion_is_there(
        self, card: ModelCard, folder: Path
    ) -> None:
        zoo.load("mine")
        spoil(folder / "weights" / "mine.dat")
        with pytest.raises(ProsoponError, match=r"mine\.dat: the weights of mine have changed"):
            zoo.load("mine")

    def test_a_truncated_source_is_not_added(self, folder: Path, tmp_path: Path) -> None:
        whole = models.checked_source(zoo.card("mmod")).read_bytes()
        cut = tmp_path / "cut.dat"
        cut.write_bytes(whole[:-100])
        with pytest.raises(ProsoponError, match=r"cut\.dat: .*byte \d+: the file ends"):
            zoo.add(cut, task="detector", backend="mmod", licence="CC0-1.0")

    def test_a_folder_is_hashed_file_by_file(self, tmp_path: Path) -> None:
        source = models.checked_source(zoo.card("mtcnn"))
        copy = tmp_path / "weights"
        shutil.copytree(source, copy)
        assert models.digest(copy) == models.digest(source)
        spoil(copy / "onet.lz4")
        assert models.digest(copy) != models.digest(source)


def test_a_card_that_can_not_be_read_stops_nothing_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PROSOPON_MODELS", str(tmp_path))
    (tmp_path / "cards").mkdir()
    for name, content in (("damaged", "task = "), ("newer", 'task = "embedder"\nfuture = 1\n')):
        (tmp_path / "cards" / f"{name}.toml").write_text(content, encoding="utf-8")
    assert "dlib-resnet" in zoo.cards()
    assert "damaged.toml" in caplog.text and "newer.toml" in caplog.text


def test_a_model_goes_out_as_a_folder_and_comes_in_again(
    folder: Path, network: Path, tmp_path: Path
) -> None:
    card = add(network)
    zoo.write_folder(card.id, tmp_path / "out")
    text = (tmp_path / "out" / "README.md").read_text()
    assert text.startswith("---\nlicense: cc0-1.0\nlibrary_name: onnx\n")
    assert card.sha256 in text and "112" in text
    values = tomllib.loads((tmp_path / "out" / "card.toml").read_text())
    again = zoo.add(
        tmp_path / "out" / "model.onnx", id="again", **values | {"source": "file:again.onnx"}
    )
    assert again.sha256 == card.sha256
    with pytest.raises(UsageError, match="name a new folder"):
        zoo.write_folder(card.id, tmp_path / "out")
