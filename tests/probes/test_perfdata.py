"""Are the figures of Monitoring plugins read as they are meant?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.perfdata import Figure, read_perfdata, samples_of


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("", ()),
        ("time=0.0123s;;;0.000000", (Figure("time", 0.0123, "s", (("min", 0.0),)),)),
        (
            "/=2643MB;5948;5958;0;5968",
            (
                Figure("/", 2643, "MB",
                       (("warning", 5948), ("critical", 5958), ("min", 0), ("max", 5968))),
            ),
        ),
        ("a=1 b=2%", (Figure("a", 1, ""), Figure("b", 2, "%"))),
        ("'it''s used'=5c", (Figure("it's used", 5, "c"),)),
        ("load1=-1.5;~:5;@1:9", (Figure("load1", -1.5, "", (("warning", 5),)),)),
        ("x=1;10:20;30:", (Figure("x", 1, "", (("warning", 20),)),)),
        ("x=1e3;0:1", (Figure("x", 1000, "", (("warning", 1),)),)),
        ("x=U y=3", (Figure("y", 3, ""),)),
        ("x=1 x=2", (Figure("x", 1, ""),)),
        ("words without figures = none", ()),
        ("=5", ()),
    ],
)  # fmt: skip
def test_figures_are_read(text: str, figures: tuple[Figure, ...]) -> None:
    assert read_perfdata(text) == figures


def test_figures_become_series_with_their_thresholds() -> None:
    assert samples_of(read_perfdata("'used \"x\"'=5%;80;90")) == [
        ("probe_command_perfdata", r'label="used \"x\"",unit="%"', 5.0),
        ("probe_command_perfdata_warning", r'label="used \"x\"",unit="%"', 80.0),
        ("probe_command_perfdata_critical", r'label="used \"x\"",unit="%"', 90.0),
    ]


def test_a_plugin_that_measures_thousands_of_things_is_cut_off() -> None:
    assert len(read_perfdata(" ".join(f"a{number}=1" for number in range(1000)))) == 64


@given(st.text(max_size=4096))
def test_any_text_is_read_without_trouble(text: str) -> None:
    names = [figure.label for figure in read_perfdata(text)]
    assert len(names) == len(set(names))


@given(st.text(alphabet="'=;: 1.ax", max_size=4096))
def test_text_that_is_almost_figures_is_read_as_well(text: str) -> None:
    assert len(read_perfdata(text)) <= 64
