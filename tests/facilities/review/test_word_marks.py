"""Words of one record alone are marked; what is only spelled differently is not."""

import pytest

from facilities.review.word_marks import mark_differences


def marked(text, *others):
    return [piece.text.strip() for piece in mark_differences(text, *others) if piece.differs]


@pytest.mark.parametrize(
    "text, other, differing",
    [
        ("Oak Town WWTP", "Oak Town Wastewater Treatment Plant", []),
        ("Oak Town Waste Water Treatment Plt", "OAK TOWN WWTP", []),
        ("City of Oak Town WWTP", "Oak Town WWTP", ["City"]),
        ("Oak Town Plant No. 2", "Oak Town Plant No. 3", ["2"]),
        ("700 Mallard Rd", "700 Mallard Road", []),
        ("700 Mallard Rd", "710 Mallard Road", ["700"]),
        ("Oak Town Metal", "Fennel Scrap", ["Oak", "Town", "Metal"]),
    ],
)
def test_what_differs_and_what_only_looks_so(text, other, differing):
    assert marked(text, other) == differing


def test_the_pieces_are_the_text():
    text = "  Oak   Town,  Plant (No. 2)"
    assert "".join(piece.text for piece in mark_differences(text, "Oak")) == text


def test_a_word_of_any_of_the_other_texts_is_known_and_without_one_nothing_differs():
    assert marked("Oak Fennel Marlin", "Oak", "Fennel") == ["Marlin"]
    assert marked("Oak Town") == marked("Oak Town", "") == []
