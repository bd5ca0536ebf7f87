# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes from recordings and recordings from takes: Live Link Face CSV, JSON, NPZ."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import bpy
import numpy as np

from ..expclip_core.arkit import INDEX
from ..expclip_core.curves import Curves
from ..expclip_core.errors import InputError
from ..expclip_core.formats import TRACKS, Recording
from ..expclip_core.mix import Layers
from ..expclip_core.names import Adjustment
from . import actions, memory
from .keys import shares_of
from .memory import Take
from .rewrite import count_edits
from .rig import Rig, key_path


def take_of(recording: Recording, name: str, scene: bpy.types.Scene) -> Take:
    """A recording as a take that can be mixed, reduced and kept as a generated one. Raises InputError."""
    settings = scene.expclip
    layers = Layers.of_curves(recording.curves)
    if recording.motion is not None:
        motion = recording.resampled(recording.fps).motion
        layers = replace(layers, tracks=dict(zip(TRACKS, motion.T, strict=True)))
    try:
        layers = Layers.unpacked(layers.packed())
    except ValueError as error:
        raise InputError(f"{name} holds weights or angles above 2: export it with weights from 0 to 1.") from error
    return Take(
        clip="",
        prompt="",
        first_frame=settings.first_frame,
        layers=layers,
        fps=scene.render.fps / scene.render.fps_base,
        date=datetime.now().isoformat(" ", "seconds"),
        tolerance=settings.keying.limit,
        recorded_at=recording.start,
    )


def recording_of(rig: Rig, main: bpy.types.Action, rate: float = 0.0) -> tuple[Recording, list[str]]:
    """What a take shows, with the keys by hand, and the shape keys by hand that no channel can be told from.

    It starts at the timecode that it was recorded at, else at that of its first frame in Blender.
    rate: frames a second, mixed anew from the layers; 0 for those of the scene that the take was made for.
    """
    kept = memory.recall(main)
    take = replace(kept, fps=rate or kept.fps)
    curves = Curves(take.weights.copy(), take.fps)
    frames = take.first_frame + np.arange(take.frames) * (kept.fps / take.fps)
    lost = []
    for key in count_edits(main):
        name, weights = _channel_of(rig, main, key, frames)
        if name == "jawOpen" and rig.jaw_closes:
            weights = weights + curves.weights[:, INDEX["mouthClose"]]
        if name:
            before = curves.weights[:, INDEX[name]]
            curves.weights[:, INDEX[name]] = np.clip(weights, min(before.min(), 0.0), max(before.max(), 1.0))
        else:
            lost.append(key)
    start = take.first_frame / kept.fps if take.recorded_at is None else take.recorded_at
    return replace(Recording.of_curves(curves), motion=take.motion, start=start), lost


def _channel_of(rig: Rig, main: bpy.types.Action, key: str, frames: np.ndarray) -> tuple[str, np.ndarray]:
    """The channel that a shape key is alone the shape of, and the weights that it shows."""
    for face in rig.faces:
        shares = shares_of(face.mapping).get(key, {})
        curve = _curve(main, key_path(key))
        if len(shares) != 1:
            continue
        ((name, share),) = shares.items()
        adjustment = rig.adjustments.get(name, Adjustment())
        if share and adjustment.gain:
            still = face.shape_keys.key_blocks[key].value  # what shows where the animator deleted the F-curve
            values = np.array([curve.evaluate(frame) if curve else still for frame in frames])
            return name, (values / share - adjustment.offset) / adjustment.gain
    return "", frames


def _curve(main: bpy.types.Action, path: str) -> bpy.types.FCurve | None:
    found = (channels.find(path, 0) for action in memory.actions_of(main) for channels in actions.all_channels(action))
    return next(filter(None, found), None)


def named(main: bpy.types.Action, path: Path) -> None:
    """Let a take go by its recording's name."""
    main.expclip.title = path.stem
