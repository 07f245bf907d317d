"""The 40 attributes, their names in any spelling, and queries."""

import numpy as np
import pytest

from prosopon.datasets.vocabulary import (
    CELEBA,
    NAMES,
    WITHOUT_THREE,
    find,
    parse_query,
    region_table,
)
from prosopon.errors import UsageError
from prosopon.geometry.regions import BASE_REGIONS


def test_forty_in_order_and_the_papers_37() -> None:
    assert len(NAMES) == len(set(NAMES)) == 40
    assert NAMES[:2] == ("5_o_Clock_Shadow", "Arched_Eyebrows")
    assert NAMES[-1] == "Young"
    assert len(WITHOUT_THREE) == 37


@pytest.mark.parametrize(
    "word", ["Wearing_Hat", "wearing hat", " WEARING  HAT ", "WearingHat", "hat", "Hat"]
)
def test_found_in_any_spelling(word: str) -> None:
    assert find(word).name == "Wearing_Hat"


def test_unknown_attributes_list_the_known() -> None:
    with pytest.raises(UsageError, match="no attribute 'freckles'.*Smiling"):
        find("freckles")


def test_queries() -> None:
    assert parse_query("eyeglasses, not smiling") == {"Eyeglasses": True, "Smiling": False}
    assert parse_query("no beard") == {"No_Beard": True}
    assert parse_query("not No_Beard") == {"No_Beard": False}
    for text, message in (("", "at least one"), ("hat, not hat", "both"), ("hats", "no attribute")):
        with pytest.raises(UsageError, match=message):
            parse_query(text)


def test_region_table_follows_the_vocabulary() -> None:
    table = region_table()
    assert table.shape == (40, 10)
    assert table.any(axis=1).all()
    hat = table[NAMES.index("Wearing_Hat")]
    assert np.flatnonzero(hat).tolist() == [BASE_REGIONS.index("top of head")]


def test_judgements_carry_a_caution() -> None:
    for name in ("Attractive", "Young", "Male", "Big_Nose", "Pale_Skin", "Chubby"):
        assert find(name).caution
    assert all(0 < attribute.frequency < 1 for attribute in CELEBA)
