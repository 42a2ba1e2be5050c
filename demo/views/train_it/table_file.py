"""Points of a table as people's tools write it: any separator and encoding, decimal commas, headings in any order."""

from __future__ import annotations

import codecs
import io
import re
import warnings
from collections import Counter
from collections.abc import Sequence

import pandas as pd

from cfg_core.fit import ROWS, Points, labelled_points

MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
SEPARATORS = (",", ";", "\t", r"\s+")
COMMENT = re.compile(r"\s*(#|//|%|sep=)")
COORDINATES = (("x", "y"), ("x1", "x2"), ("x_1", "x_2"), ("z1", "z2"), ("x0", "x1"))
CLASS = ("class", "label", "target", "c", "y", "species", "group", "category", "cluster")
INDEX = ("", "index", "id", "unnamed: 0", "row")


def read_table(content: bytes) -> tuple[Points, str]:
    """The points of a file, and a word on rows that were left out or thinned. Raises ValueError naming the fault."""
    text = decoded(content)
    lines = ["" if COMMENT.match(line) else line for line in text.splitlines()]
    written = [line for line in lines if line.strip()]
    if not written:
        raise ValueError(f"the file must have at least {ROWS[0]} points, not 0")
    separator = _separator(text, written)
    frame = _frame(lines, separator)
    frame, names = _headings(frame)
    x1, x2, label = _columns(frame, names)
    numbers = [_numbers(frame[column], separator != ",") for column in (x1, x2)]
    labels = frame[label].str.strip()
    whole = numbers[0].notna() & numbers[1].notna() & labels.notna() & (labels != "")
    missing = int((~whole).sum())
    chosen = frame.index[whole]
    thinned = len(chosen) > ROWS[1]
    if thinned:
        chosen = pd.Series(chosen).sample(ROWS[1], random_state=0).sort_values()
    points = labelled_points(pd.concat(numbers, axis=1).loc[chosen].to_numpy(), labels.loc[chosen].tolist())
    said = [f"{missing} rows with a missing value were left out."] if missing else []
    said += [f"{ROWS[1]} of {int(whole.sum())} rows were drawn."] if thinned else []
    return points, " ".join(said)


def decoded(content: bytes) -> str:
    """The text of a file in UTF-8, UTF-16 or Latin-1."""
    for mark, encoding in MARKS.items():
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    if b"\0" in content[:1000]:
        odd = content[1:1000:2].count(0) > content[0:1000:2].count(0)
        return content.decode("utf-16-le" if odd else "utf-16-be", errors="replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _separator(text: str, written: Sequence[str]) -> str:
    """What stands between columns: as the file says, or what makes the most rows equally long, and three or more."""
    if said := re.match(r"\s*sep=(.)", text):
        return said[1]

    def rows(separator: str) -> int:
        lengths = Counter(len(re.split(separator, line.strip())) for line in written[:200])
        long, count = max(lengths.items(), key=lambda item: item[1])
        return count if long >= 3 else 0

    best = max(SEPARATORS, key=lambda s: (rows(s), s != ",", s != r"\s+"))
    if not rows(best):
        raise ValueError("the rows must have three columns: two numbers and a class, with , ; a tab or spaces between")
    return best


def _frame(lines: Sequence[str], separator: str) -> pd.DataFrame:
    """All cells as text, indexed by the lines of the file, counted from 1."""
    text = "\n".join(line.strip(" ") for line in lines)
    width = max(len(re.split(separator, line)) for line in text.split("\n"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            frame = pd.read_csv(
                io.StringIO(text), sep=separator, header=None, names=range(width), dtype=str, engine="python",
                skip_blank_lines=False, skipinitialspace=True, na_values=["?", "-"],
            )  # fmt: skip
        except (pd.errors.ParserError, ValueError) as problem:
            raise ValueError(f"this is no table: {problem}") from problem
    frame.index += 1
    return frame.dropna(how="all").dropna(axis=1, how="all")


def _headings(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The rows below the headings, and these in small letters; none where the first row has a number."""
    first = frame.iloc[0].fillna("").str.strip()
    if any(_is_number(cell) for cell in first):
        return frame, []
    return frame.iloc[1:], [cell.lower() for cell in first]


def _columns(frame: pd.DataFrame, names: Sequence[str]) -> tuple[int, int, int]:
    """Which columns are the two numbers and the class: by name, or the only three that can be."""
    columns = list(frame.columns)
    at = {name: column for name, column in zip(names, columns, strict=False) if name}
    for pair in COORDINATES:
        label = next((at[name] for name in CLASS if name in at and name not in pair), None)
        if label is not None and all(name in at for name in pair):
            return at[pair[0]], at[pair[1]], label
    if len(columns) > 3 and (names[0] in INDEX if names else _counts_up(frame[columns[0]])):
        columns = columns[1:]
    if len(columns) != 3:
        raise ValueError(f"the file has {len(columns)} columns, not 3, and none called x, y and class")
    return columns[0], columns[1], columns[2]


def _numbers(column: pd.Series, commas: bool) -> pd.Series:
    """Numbers of cells, NaN where a cell is empty. Raises ValueError naming the line of one that is no number."""
    cells = column.str.strip()
    out = pd.to_numeric(cells.str.replace(",", ".") if commas else cells, errors="coerce")
    wrong = out.isna() & cells.notna() & (cells != "") & (cells.str.lower() != "nan")
    if wrong.any():
        raise ValueError(f"line {wrong.idxmax()}: the first two columns must be numbers")
    return out


def _counts_up(column: pd.Series) -> bool:
    numbers = pd.to_numeric(column, errors="coerce")
    return bool(numbers.notna().all() and (numbers.diff().dropna() == 1).all())


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return False
    return True
