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
    """One channel's way to its shape keys.

    key: the shape key to move; "" leaves it to :func:`matching.match`. mute: the channel moves nothing. more: shape keys
    that it moves beside, each times its own gain; one that it moves anyway gets that gain.
    """

    key: str = ""
    mute: bool = False
    more: tuple[Target, ...] = ()


Adjustments = Dictionary[str, Adjustment]  # by channel; a channel that is not in it stays as it is


def adjusted_mapping(mapping: Mapping, adjustments: Adjustments, keys: tuple[str, ...]) -> Mapping:
    """The mapping with the artist's keys where a mesh has them, and without what is muted."""
    targets = dict(mapping.targets)
    for channel, adjustment in adjustments.items():
        if adjustment.mute:
            targets.pop(channel, None)
        elif adjustment.key or adjustment.more:
            own = (Target(adjustment.key),) if adjustment.key else targets.get(channel, ())
            by_key = {target.key: target for target in (*own, *adjustment.more)}
            targets[channel] = tuple(target for key, target in by_key.items() if key in keys)
            if not targets[channel]:
                del targets[channel]
    return replace(mapping, targets=targets)


def closed_by_jaw(channels: dict[str, array]) -> dict[str, array]:
    """For a face without mouthClose: the jaw opens only as far as the lips part.

    Apple's mouthClose shuts the lips by as much as jawOpen parts them, so what is left of jawOpen is their difference.
    """
    jaw, close = channels["jawOpen"], channels["mouthClose"]
    parted = array("f", (max(opened - closed, 0.0) for opened, closed in zip(jaw, close, strict=True)))
    return channels | {"jawOpen": parted}


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
    kinds = {each.name: type(each.default) for each in fields(Adjustment)} | {"more": _targets}
    return Adjustment(**{name: kinds[name](value) for name, value in values.items()})


def _targets(values: list[dict]) -> tuple[Target, ...]:
    return tuple(Target(str(each["key"]), float(each["gain"])) for each in values)
