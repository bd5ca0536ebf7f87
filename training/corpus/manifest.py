# SPDX-License-Identifier: GPL-3.0-or-later
"""What the corpus holds: one utterance a line of JSON."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from expclip_core.phones import INDEX, SILENCE, Segment


@dataclass(frozen=True)
class Utterance:
    """A clip and what is said in it.

    audio: a path `read_clip` takes. split: train, dev or test. duration: seconds. segments: cover 0 to duration.
    """

    id: str
    audio: str
    source: str
    speaker: str
    language: str
    split: str
    duration: float
    text: str
    segments: tuple[Segment, ...]


def covering(segments: Iterable[Segment], duration: float, shortest_pause: float = 0.03) -> tuple[Segment, ...]:
    """Segments in order that cover 0 to `duration` without gap or overlap; gaps become silence, tiny ones close."""
    out: list[Segment] = []
    clock = 0.0
    for segment in segments:
        start, end = max(segment.start, clock), min(segment.end, duration)
        if end - start < 0.005:
            continue
        if start - clock >= shortest_pause:
            out.append(Segment(SILENCE, clock, start))
        elif out:
            out[-1] = replace(out[-1], end=start)
        else:
            start = clock
        out.append(replace(segment, start=start, end=end))
        clock = end
    if duration - clock >= shortest_pause or not out:
        out.append(Segment(SILENCE, clock, duration))
    else:
        out[-1] = replace(out[-1], end=duration)
    return tuple(_joined_silences(out))


def _joined_silences(segments: list[Segment]) -> Iterator[Segment]:
    held: Segment | None = None
    for segment in segments:
        if held and held.symbol == segment.symbol == SILENCE:
            held = replace(held, end=segment.end)
            continue
        if held:
            yield held
        held = segment
    if held:
        yield held


def write(path: Path, utterances: Iterable[Utterance]) -> None:
    """Write whole or not at all, so that what exists is finished."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    with draft.open("w", encoding="utf-8") as file:
        for utterance in utterances:
            file.write(json.dumps(_as_json(utterance), ensure_ascii=False) + "\n")
    draft.replace(path)


def _as_json(utterance: Utterance) -> dict:
    rows = [[s.symbol, round(s.start, 4), round(s.end, 4), s.stress] for s in utterance.segments]
    return {**vars(utterance), "duration": round(utterance.duration, 4), "segments": rows}


def read(path: Path) -> list[Utterance]:
    """The utterances of a manifest. A symbol that phones.SYMBOLS lacks is a ValueError."""
    with path.open(encoding="utf-8") as file:
        return [_from_json(json.loads(line)) for line in file]


def _from_json(row: dict) -> Utterance:
    segments = tuple(Segment(*segment) for segment in row["segments"])
    unknown = {segment.symbol for segment in segments} - INDEX.keys()
    if unknown:
        raise ValueError(f"{row['id']}: unknown phones {sorted(unknown)}")
    return Utterance(**{**row, "segments": segments})


def report(utterances: Iterable[Utterance]) -> str:
    """Voices, clips and hours of each source, language and split, one line each, and the sum."""
    groups: dict[tuple[str, str, str], list[Utterance]] = defaultdict(list)
    for utterance in utterances:
        groups[utterance.source, utterance.language, utterance.split].append(utterance)
    lines = [f"{'source':10} {'language':9} {'split':6} {'voices':>6} {'clips':>6} {'hours':>6}"]
    for (source, language, split), members in sorted(groups.items()):
        voices = len({utterance.speaker for utterance in members})
        lines.append(f"{source:10} {language:9} {split:6} {voices:6} {len(members):6} {_hours(members):6.2f}")
    everything = [utterance for members in groups.values() for utterance in members]
    lines.append(f"{'all':10} {'':9} {'':6} {'':6} {len(everything):6} {_hours(everything):6.2f}")
    return "\n".join(lines)


def _hours(utterances: Iterable[Utterance]) -> float:
    return sum(utterance.duration for utterance in utterances) / 3600
