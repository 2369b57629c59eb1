"""Released text is recognised where a release has another set of links."""

from grading.intake.cut_notebook import join_words


def test_a_link_to_another_page_of_the_course_counts_as_its_text():
    assert join_words("← [Chapter 7](../ch07_x/ch07_x.ipynb)\n· more") == "← Chapter 7 · more"
    for kept in ("[a](https://example.org/b)", "![a](figures/a.svg)"):
        assert join_words(kept) == kept
