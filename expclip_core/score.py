# SPDX-License-Identifier: GPL-3.0-or-later
"""The score of a line: which prompt, or pose, the face follows from when on. Read by the models' side and by Blender's."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .channels import COUNT, INDEX, NAMES
from .errors import InputError

if TYPE_CHECKING:
    import numpy as np

CROSS_FADE = 0.6  # seconds from one prompt's style to the next
_LIST = 'write a list like [{"time": 0, "prompt": "calm"}, {"time": 2.5, "prompt": "alarmed", "intensity": 1.2}]'


@dataclass(frozen=True)
class TimedPrompt:
    """A prompt from `time` seconds on, until the next one's time.

    pose: 52 weights that are a prompt as well, or none. pose_weight: 0 follows the words alone, 1 the pose alone; without
    words the pose alone counts.
    """

    time: float
    prompt: str
    intensity: float = 1.0
    pose: tuple[float, ...] = ()
    pose_weight: float = 0.5

    @property
    def entry(self) -> dict[str, Any]:
        """As JSON has it; see :func:`score_of`."""
        entry = {"time": self.time, "prompt": self.prompt, "intensity": self.intensity}
        if self.pose:
            entry |= {"pose": dict(zip(NAMES, self.pose, strict=True)), "pose_weight": self.pose_weight}
        return entry


Score = tuple[TimedPrompt, ...]


def score_of(entries: Sequence[Mapping[str, Any]]) -> Score:
    """Timed prompts in the order of their times. Raises InputError.

    An entry: {"time": seconds, "prompt": text, "intensity": number, "pose": {channel: weight}, "pose_weight": 0..1}, all
    but the time and one of prompt and pose may be left out.
    """
    try:
        score = [_timed(entry) for entry in entries]
    except InputError:  # it says more
        raise
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError(f"These are no timed prompts; {_LIST}.") from error
    return checked(score)


def _timed(entry: Mapping[str, Any]) -> TimedPrompt:
    pose = pose_of(entry["pose"]) if "pose" in entry else ()
    prompt = entry.get("prompt", "") if pose else entry["prompt"]
    return TimedPrompt(
        float(entry["time"]),
        str(prompt),
        float(entry.get("intensity", 1.0)),
        pose,
        float(entry.get("pose_weight", 0.5)),
    )


def checked(score: Sequence[TimedPrompt]) -> Score:
    """The score in the order of its times. Raises InputError for one that cannot be performed."""
    if not score:
        raise InputError("The list of timed prompts is empty; give at least one prompt.")
    if not all(math.isfinite(timed.time) and timed.time >= 0 for timed in score):
        raise InputError("A timed prompt needs a time of 0 seconds or later; correct the list.")
    if not all(0.0 <= timed.pose_weight <= 1.0 for timed in score):
        raise InputError("A pose mixes with its prompt by a weight from 0 to 1; correct the weight.")
    return tuple(sorted(score, key=lambda timed: timed.time))


def pose_of(weights: Mapping[str, float]) -> tuple[float, ...]:
    """52 weights, 0..1, from {channel: weight}; channels left out rest. Raises InputError."""
    if unknown := sorted(weights.keys() - INDEX.keys()):
        raise InputError(f"A pose has no channel {unknown[0]}; use the 52 ARKit names, such as jawOpen.")
    pose = [0.0] * COUNT
    for name, weight in weights.items():
        if not isinstance(weight, int | float) or not math.isfinite(weight):
            raise InputError(f"The pose's {name} is {weight!r}; give it a number from 0 to 1.")
        pose[INDEX[name]] = min(max(float(weight), 0.0), 1.0)
    return tuple(pose)


def read_pose(path: Path) -> tuple[float, ...]:
    """A pose from JSON, {channel: weight} or what `expclip express` prints. Raises InputError."""
    found = _read(path, "pose")
    weights = found.get("weights", found) if isinstance(found, dict) else None
    if not isinstance(weights, dict):
        raise InputError(f'{path.name} holds no pose; write an object like {{"jawOpen": 0.3, "browInnerUp": 0.8}}.')
    return pose_of(weights)


def read_prompts(path: Path) -> Score:
    """Timed prompts from a JSON list; see :func:`score_of`. Raises InputError."""
    entries = _read(path, "prompts")
    if not isinstance(entries, list):
        raise InputError(f"{path.name} holds no timed prompts; {_LIST}.")
    return score_of(entries)


def _read(path: Path, what: str) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"The {what} file {path} cannot be read ({error.strerror}); check its path.") from error
    except ValueError as error:
        raise InputError(f"{path.name} is not JSON, so no {what} can be read from it; correct the file.") from error


def over_time(score: Score, rows: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Style features (prompts, n) → (times, n), cross-faded around each prompt's time; one row when there is one prompt.

    The fade is a smoothstep, so that no channel's velocity jumps.
    """
    import numpy as np  # here alone, so that a worker without it can still say what it lacks

    if len(score) == 1:
        return rows
    out = np.repeat(rows[:1], len(times), axis=0)
    for timed, row in zip(score[1:], rows[1:], strict=True):
        share = np.clip((times - timed.time) / CROSS_FADE + 0.5, 0, 1)[:, None]
        share = (share * share * (3 - 2 * share)).astype(np.float32)
        out = out * (1 - share) + row * share
    return out
