"""Parts of many texts are found as if each text were looked at by itself."""

from hypothesis import given
from hypothesis import strategies as st

from prosopon.collection.text_index import TextIndex
from prosopon.persons import search_key

TEXTS = st.text(alphabet="aAeEéÉ0/łßø\u0301\udc80ﬁ日\n ", max_size=8)


@given(st.lists(TEXTS, max_size=8), TEXTS.filter(search_key))
def test_every_text_that_holds_the_part_and_no_other(texts: list[str], part: str) -> None:
    held = [search_key(part) in search_key(text) for text in texts]
    assert TextIndex(texts).holding(part).tolist() == held


def test_a_part_across_two_texts_is_in_none() -> None:
    index = TextIndex(["ab", "cd"])
    assert not index.holding("bc").any()
    assert not index.holding("b\0c").any()
    assert not index.holding("\u0301").any()  # nothing is left of an accent alone
    assert not TextIndex([]).holding("a").size
