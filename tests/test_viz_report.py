"""Laws of the report: one file that refers to nothing outside, text that stays text, an alt text for every image."""

import base64
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mbrl_lite.errors import MbrlError
from mbrl_lite.viz import door_gif, learning_curve, write_report

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


class Page(HTMLParser):
    """Collects tags with their attributes, and all text outside the style sheet."""

    def __init__(self, source: str):
        super().__init__()
        self.tags, self.text, self._style = [], "", False
        self.feed(source)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._style = tag == "style"

    def handle_endtag(self, tag):
        self._style = False

    def handle_data(self, data):
        if not self._style:
            self.text += data

    def all(self, name):
        return [attrs for tag, attrs in self.tags if tag == name]


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    import numpy as np

    folder = tmp_path_factory.mktemp("figures")
    learning_curve([{"step": 1, "return": 0.0}], folder / "curve.png")
    door_gif(np.zeros((2, 8, 8, 3), np.uint8), folder / "door.gif")
    return [("It learns", "A line that rises.", folder / "curve.png"), ("It walks", "A door.", folder / "door.gif")]


def page(path):
    return Page(path.read_text(encoding="utf-8"))


def test_the_report_refers_to_nothing_outside_itself(tmp_path, figures):
    path = write_report(tmp_path / "report.html", "A run", [("steps", 3)], figures, {"seed": 0}, command="run it")
    source = path.read_text(encoding="utf-8")
    assert not [
        word for word in ("http:", "https:", "url(", "@import", "@font-face", "<script", "<link") if word in source
    ]
    for tag, attributes in page(path).tags:
        assert not {"href", "srcset", "onload", "background"} & set(attributes), tag
        assert attributes.get("src", "data:").startswith("data:")


def test_every_image_is_inside_and_has_its_caption_as_alt_text(tmp_path, figures):
    images = page(write_report(tmp_path / "report.html", "A run", [], figures, {})).all("img")
    assert [image["alt"] for image in images] == ["A line that rises.", "A door."]
    for image, (_, _, path) in zip(images, figures):
        assert base64.b64decode(image["src"].split(",", 1)[1]) == path.read_bytes()


def test_it_says_how_to_make_it_again_and_on_what(tmp_path, figures):
    config = {"env_id": "X-v0", "model": {"width": 7, "heads": {}}}
    path = write_report(tmp_path / "r.html", "A run", [("return", 0.95)], figures, config, "A note.", "mbrl-lite train")
    text = page(path).text
    for expected in ("mbrl-lite train", "model.width7", "model.heads{}", "return0.95", "A note.", "torch", "cores"):
        assert expected in text
    assert "How to make it again" not in page(write_report(path, "A run", [], figures, config)).text


@settings(max_examples=50, deadline=None)
@given(st.lists(TEXT, min_size=8, max_size=8))
def test_text_stays_text(tmp_path_factory, texts):
    folder = tmp_path_factory.getbasetemp()
    picture = folder / "dot.png"
    picture.write_bytes(b"a picture")
    title, label, value, head, caption, key, note, command = (f"<b>{text}&amp;\"'</b>" for text in texts)
    path = write_report(
        folder / "r.html", title, [(label, value)], [(head, caption, picture)], {key: value}, [note, note], command
    )
    plain = Page(path.read_bytes().decode())
    assert not plain.all("b")
    for text in (title, label, value, head, caption, key, note, command):
        assert text in plain.text
    assert plain.all("img")[0]["alt"] == caption


def test_a_figure_that_is_missing_or_foreign_or_without_words_is_named(tmp_path, figures):
    foreign = tmp_path / "a.svg"
    foreign.write_text("<svg/>")
    cases = {
        "is not there": ("T", "C", tmp_path / "none.png"),
        "another type": ("T", "C", foreign),
        "empty one": ("T", " ", figures[0][2]),
    }
    for words, figure in cases.items():
        with pytest.raises(MbrlError) as error:
            write_report(tmp_path / "report.html", "A run", [], [figure], {})
        assert words in str(error.value) and "'T'" in str(error.value)
    assert not (tmp_path / "report.html").exists()
