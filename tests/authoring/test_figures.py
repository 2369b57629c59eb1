"""Pictures: what must not change them, and what they must not show."""

import numpy as np

from authoring.figures import ch15, ch16
from authoring.figures.style import save, save_png


def test_the_last_digits_of_a_matrix_product_do_not_change_the_arrows(tmp_path, monkeypatch):
    """They differ between processors; before they were rounded off, a pixel of the picture differed with them."""

    def draw(name):
        svg = tmp_path / f"{name}.svg"
        figure = ch16.two_trainings()
        save(figure, svg)
        save_png(figure, svg)
        return svg.read_bytes(), svg.with_suffix(".png").read_bytes()

    find_arrow, rng = ch16.find_arrow, np.random.default_rng(0)

    def find_arrow_elsewhere(*args):
        return find_arrow(*args) * (1 + rng.uniform(-1e-13, 1e-13, 2))

    here = draw("here")
    monkeypatch.setattr(ch16, "find_arrow", find_arrow_elsewhere)
    assert draw("elsewhere") == here


def test_the_box_does_not_show_the_number_that_the_page_with_a_pencil_asks_for():
    asked = ch15.align_back()[0][ch15.ASKED]
    shown = [text.get_text() for text in ch15.one_box().axes[0].texts]
    assert ch15.X[ch15.ASKED[0]][ch15.ASKED[1]] == 9
    assert f"{asked:.2f}" not in shown and shown.count("?") == 1
    assert "3.25" in shown  # the cell in the middle, for which the page does it
