# SPDX-License-Identifier: GPL-3.0-or-later
"""What an artist changes of a mapping: another key, gain, offset, limits, or no movement at all."""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping as Dictionary
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from ..channels import NAMES
from ..errors import InputError
from .matching import Mapping, Target


@dataclass(frozen=True)
class Shaping:
    """What becomes of one channel: weight · gain + offset, held between lowest and highest."""

    gain: float = 1.0
    offset: float = 0.0
    lowest: float = 0.0
    highest: float = 1.0

    def weights(self, values: array) -> array:
        if (self.gain, self.offset) == (1.0, 0.0) and self.lowest <= 0.0 and self.highest >= 1.0:
            return values
        changed = (value * self.gain + self.offset for value in values)
        return array("f", (min(max(value, self.lowest), self.highest) for value in changed))


@dataclass(frozen=True)
class Adjustment(Shaping):
    """One channel's way to its shape key.

    key: the shape key to move; "" leaves it to :func:`matching.match`. mute: the channel moves nothing.
    """

    key: str = ""
    mute: bool = False


Adjustments = Dictionary[str, Adjustment]  # by channel; a channel that is not in it stays as it is


def adjusted_mapping(mapping: Mapping, adjustments: Adjustments, keys: tuple[str, ...]) -> Mapping:
    """The mapping with the artist's keys where a mesh has them, and without what is muted."""
    targets = dict(mapping.targets)
    for channel, adjustment in adjustments.items():
        if adjustment.mute:
            targets.pop(channel, None)
        elif adjustment.key:
            targets.pop(channel, None)
            if adjustment.key in keys:
                targets[channel] = (Target(adjustment.key),)
    return replace(mapping, targets=targets)


def adjusted_weights(channels: dict[str, array], adjustments: Adjustments) -> dict[str, array]:
    neutral = Adjustment()
    return {name: adjustments.get(name, neutral).weights(values) for name, values in channels.items()}


def preset_of(adjustments: Adjustments) -> str:
    """A mapping as JSON, channels that are as they come left out."""
    changed = {name: asdict(each) for name, each in adjustments.items() if each != Adjustment()}
    return json.dumps({"expclip_mapping": 1, "channels": changed}, indent=2, ensure_ascii=False)


def adjustments_in(preset: str) -> dict[str, Adjustment]:
    """What :func:`preset_of` wrote. Raises ValueError, KeyError, TypeError or AttributeError for any other text."""
    channels = json.loads(preset)["channels"]
    return {name: _adjustment(values) for name, values in channels.items() if name in NAMES}


def write_preset(path: Path, adjustments: Adjustments) -> None:
    path.write_text(preset_of(adjustments), "utf-8")


def read_preset(path: Path) -> dict[str, Adjustment]:
    """What :func:`write_preset` wrote. Raises InputError."""
    try:
        return adjustments_in(path.read_text("utf-8"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path.name} is not a mapping preset: pick a file that was saved here.") from error


def _adjustment(values: dict) -> Adjustment:
    kinds = {each.name: type(each.default) for each in fields(Adjustment)}
    return Adjustment(**{name: kinds[name](value) for name, value in values.items()})
