# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of lines, as people and spreadsheets write them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from expclip_core.errors import InputError
from expclip_core.excerpt import Excerpt
from expclip_core.lines import COLUMNS, Line, Table, Unusable, read_lines, write_lines


def table(folder: Path, text: str | bytes) -> Table:
    path = folder / "lines.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_lines(path)


WANTED = [Line(Path("a.wav"), "sad", character="Anna", start=12, intensity=0.5), Line(Path("b.wav"), start=1)]


@pytest.mark.parametrize(
    "text",
    [
        "clip,prompt,character,start,intensity\na.wav,sad,Anna,12,0.5\nb.wav,,,,\n",
        "Clip ; PROMPT;Character;Start Frame;Intensity\r\na.wav;sad;Anna;12;0,5\r\n\r\nb.wav\r\n",
        "start_frame\tfile\tstrength\tspeaker\temotion\n12\ta.wav\t.5\tAnna\tsad\n\tb.wav\n",
        "sep=|\nclip|start|intensity|name|prompt\na.wav|12.0|0.5|Anna|sad\nb.wav|1\n",
        '"intensity","clip","prompt","character","start"\n"0.5","a.wav","sad","Anna","12"\n,b.wav',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_one_table_in_many_spellings(tmp_path, text, encoding):
    read = table(tmp_path, text.encode(encoding))
    assert read.warnings == ()
    assert read.lines == tuple(Line(**{**vars(line), "clip": tmp_path / line.clip}) for line in WANTED)


def test_umlauts_of_an_old_spreadsheet(tmp_path):
    assert table(tmp_path, "clip;prompt\na.wav;überglücklich\n".encode("cp1252")).lines[0].prompt == "überglücklich"


def test_a_misspelt_column_is_read_and_said_an_unknown_one_left_aside_and_said(tmp_path):
    read = table(tmp_path, "clip,transcipt,colour,prompt,Emotion\na.wav,Hello,red,sad,happy\n")
    assert (read.lines[0].transcript, read.lines[0].prompt) == ("Hello", "sad")
    assert len(read.warnings) == 3
    assert "transcript" in read.warnings[0]
    assert "'colour' is left aside" in read.warnings[1]
    assert "two" in read.warnings[2]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (",sad,1,1,,,", "no clip"),
        ("a.wav,,soon,,,,", "start 'soon'"),
        ("a.wav,,1.5,,,,", "whole number"),
        ("a.wav,,99999999999,,,,", "from -1048574 to 1048574"),
        ("a.wav,,,,2147483648,,", "from 0 to 2147483647"),
        ("a.wav,,,3,,,", "from 0 to 2"),
        ("a.wav,,,nan,,,", "intensity 'nan'"),
        ("a.wav,,,,-1,,", "whole number from 0"),
        ("a.wav,,,,,0,", "from 1 to 1000"),
        ("a.wav,,,,,,0", "0.1 to 10"),
    ],
)
def test_a_wrong_row_is_a_sentence_and_stops_nothing(tmp_path, cells, words):
    read = table(tmp_path, f"clip,prompt,start,intensity,seed,fps,speed\n{cells}\nb.wav,,,,,,\n")
    (number, wrong), (after, right) = read.rows
    assert (number, after) == (2, 3)
    assert words in wrong.problem
    assert wrong.problem.endswith(".")
    assert isinstance(right, Line)


def test_a_prompt_whose_comma_is_not_quoted_is_no_other_prompt(tmp_path):
    rows = "a.wav,sad, but trying to smile,Hello\na.wav,,,,wait\nb.wav,happy,Hello,,\n"
    *wrong, right = (row for _, row in table(tmp_path, f"clip,prompt,transcript,\n{rows}").rows)
    assert ["quote the prompt" in row.problem for row in wrong] == [True, True]
    assert (right.prompt, right.transcript) == ("happy", "Hello")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no column 'clip'"),
        (b"a.wav,sad\n", "no column 'clip'"),
        (b"clip,prompt\n\n", "no lines"),
        (b"PK\x03\x04\x00\x00sheet.xml", "no CSV"),
        (b'clip,prompt\n"' + b"x" * 200_000, "check its quotes"),
    ],
)
def test_a_file_that_is_no_table_is_said(tmp_path, content, words):
    with pytest.raises(InputError, match=words):
        table(tmp_path, content)


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_lines(tmp_path / "none.csv")


def test_files_are_found_beside_the_table(tmp_path):
    read = table(tmp_path, "clip,prompt,transcript\nsub/a.wav,score.json,a.txt\n/b.wav,,Read me.\n").lines
    assert (read[0].clip, read[0].prompts, read[0].prompt) == (tmp_path / "sub" / "a.wav", tmp_path / "score.json", "")
    assert read[0].transcript == str(tmp_path / "a.txt")
    assert (read[1].clip, read[1].transcript) == (Path("/b.wav"), "Read me.")


def test_rows_are_numbered_as_an_editor_does(tmp_path):
    read = table(tmp_path, 'clip,transcript\na.wav,"two\nlines"\n\nb.wav,\n')
    assert [number for number, _ in read.rows] == [2, 5]


# Printable text without spaces around it, which a table does not keep.
texts = st.text(st.characters(exclude_categories=["C", "Z"], include_characters=" ,;\"'\n"), max_size=20).map(str.strip)
plain = texts.filter(lambda text: not text.lower().endswith((".txt", ".json")))
names = st.text("abcÄ😀 ,;-", min_size=1, max_size=10).map(str.strip).filter(bool)
lines = st.builds(
    Line,
    clip=names.map(lambda name: Path("/clips") / f"{name}.wav"),
    prompt=plain,
    character=texts,
    start=st.integers(-(10**6), 10**6),
    intensity=st.floats(0, 2),
    seed=st.integers(0, 2**31 - 1),
    fps=st.none() | st.floats(1, 1000),
    transcript=plain,
    language=st.sampled_from(["", "de"]),
    excerpt=st.builds(
        lambda start, length, speed: Excerpt(start, length and start + length, speed),
        st.floats(0, 100),
        st.none() | st.floats(0.1, 100),
        st.floats(0.1, 10),
    ),
    timecode=st.sampled_from(["", "clip", "10:20:30:11", "23:59:59:00.250"]),
    output=texts,
)


@given(st.lists(lines, min_size=1, max_size=4))
def test_lines_that_are_written_are_read_again(tmp_path_factory, wanted):
    path = tmp_path_factory.mktemp("lines") / "lines.csv"
    write_lines(path, wanted)
    read = read_lines(path)
    assert read.lines == tuple(wanted)
    assert read.warnings == ()


def test_clips_below_the_table_move_with_it(tmp_path):
    write_lines(tmp_path / "lines.csv", [Line(tmp_path / "takes" / "a.wav")])
    (tmp_path / "elsewhere").mkdir()
    moved = (tmp_path / "lines.csv").rename(tmp_path / "elsewhere" / "lines.csv")
    assert read_lines(moved).lines[0].clip == tmp_path / "elsewhere" / "takes" / "a.wav"


@given(st.lists(st.lists(st.text(max_size=8), max_size=5), max_size=5), st.sampled_from([",", ";", "\t"]))
@example([["clip", '"'], ["a", "b"]], ",")
def test_whatever_the_file_holds_it_is_lines_or_a_sentence(tmp_path_factory, cells, delimiter):
    text = "\n".join(delimiter.join(row) for row in [["clip", *COLUMNS[3:5]], *cells])
    try:
        read = table(tmp_path_factory.mktemp("any"), text.encode("utf-8", "replace"))
    except InputError as error:
        assert str(error).endswith(".")
        return
    assert all(isinstance(row, Line | Unusable) for _, row in read.rows)
