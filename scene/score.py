# SPDX-License-Identifier: GPL-3.0-or-later
"""Prompts over time: timeline markers that carry a prompt, and poses that are prompts. The marker is the prompt's place."""

from __future__ import annotations

import json

import bpy
import numpy as np

from ..expclip_core.channels import NAMES
from ..expclip_core.score import Score, TimedPrompt, pose_of, score_of
from .memory import Take

_LONGEST = 63  # bytes of a marker's name
_SAME_POSE = 0.001  # as weights are kept
_NEUTRAL = "neutral"  # the name of a marker whose prompt is empty


def markers(scene: bpy.types.Scene) -> list[bpy.types.TimelineMarker]:
    """The markers that are prompts, by frame."""
    return sorted((each for each in scene.timeline_markers if each.expclip.is_prompt), key=lambda each: each.frame)


def add(scene: bpy.types.Scene, frame: int, prompt: str, intensity: float) -> bpy.types.TimelineMarker:
    """A prompt from a frame on, in place of the one that may be there."""
    for there in [each for each in markers(scene) if each.frame == frame]:
        scene.timeline_markers.remove(there)
    marker = scene.timeline_markers.new(_label(prompt), frame=frame)
    marker.expclip.is_prompt, marker.expclip.written, marker.expclip.intensity = True, prompt, intensity
    return marker


def prompt_of(marker: bpy.types.TimelineMarker) -> str:
    """The marker's prompt in full, or its name when it was renamed in the timeline."""
    return marker.expclip.written if marker.name == _label(marker.expclip.written) else marker.name


def text_of(prompt: bpy.types.PropertyGroup) -> str:
    """The getter of a marker's prompt."""
    marker = _marker_of(prompt)
    return prompt_of(marker) if marker else prompt.written


def set_text(prompt: bpy.types.PropertyGroup, text: str) -> None:
    """The setter of a marker's prompt: its name in the timeline follows."""
    prompt.written = text
    if marker := _marker_of(prompt):
        marker.name = _label(text)


def performed(scene: bpy.types.Scene, own: TimedPrompt, first_frame: int, fps: float) -> Score:
    """What a line that starts at a frame is performed as: its own prompt, until the first marker from its start on.

    Markers before it belong to lines before it.
    """
    ours = [each for each in markers(scene) if each.frame >= first_frame]
    timed = [_timed(scene, each, (each.frame - first_frame) / fps) for each in ours]
    return tuple(timed if timed and timed[0].time == 0.0 else [own, *timed])


def put_back(scene: bpy.types.Scene, take: Take) -> None:
    """Let the field's pose and the markers within a take be those that it was performed with."""
    for marker in [each for each in markers(scene) if take.first_frame <= each.frame <= take.last_frame]:
        scene.timeline_markers.remove(marker)
    at_start, *later = score_of(json.loads(take.prompts))
    prompting = scene.expclip.prompting
    prompting.pose, prompting.pose_weight = _kept(scene, at_start.pose), at_start.pose_weight
    own = (at_start.prompt, at_start.intensity) == (take.prompt, take.intensity)
    for timed in later if own else (at_start, *later):
        marker = add(scene, take.first_frame + round(timed.time * take.pace), timed.prompt, timed.intensity)
        marker.expclip.pose, marker.expclip.pose_weight = _kept(scene, timed.pose), timed.pose_weight


def own_prompt(scene: bpy.types.Scene) -> TimedPrompt:
    """What is set in the field: prompt, intensity and pose."""
    settings = scene.expclip
    pose = pose_named(scene, settings.prompting.pose)
    return TimedPrompt(0.0, settings.prompt, settings.intensity, pose, settings.prompting.pose_weight)


def pose_named(scene: bpy.types.Scene, name: str) -> tuple[float, ...]:
    """The 52 weights of a pose that was taken, or none."""
    found = scene.expclip.prompting.poses.get(name)
    return pose_of(json.loads(found.weights)) if found else ()


def _kept(scene: bpy.types.Scene, pose: tuple[float, ...]) -> str:
    """The name of the kept pose with these weights, which is kept if it is not yet."""
    if not pose:
        return ""
    poses = scene.expclip.prompting.poses
    same = (each.name for each in poses if np.allclose(pose_named(scene, each.name), pose, atol=_SAME_POSE))
    return next(same, "") or keep_pose(scene, f"Pose {len(poses) + 1}", dict(zip(NAMES, pose, strict=True))).name


def keep_pose(scene: bpy.types.Scene, name: str, weights: dict[str, float]) -> bpy.types.PropertyGroup:
    """Keep a pose under a name, in place of the one that may have it."""
    poses = scene.expclip.prompting.poses
    pose = poses.get(name) or poses.add()
    pose.name = name
    pose.weights = json.dumps({channel: round(weight, 4) for channel, weight in weights.items() if weight >= 0.0005})
    return pose


def _timed(scene: bpy.types.Scene, marker: bpy.types.TimelineMarker, time: float) -> TimedPrompt:
    prompt = marker.expclip
    pose = pose_named(scene, prompt.pose)
    return TimedPrompt(time, prompt_of(marker), prompt.intensity, pose, prompt.pose_weight)


def _marker_of(prompt: bpy.types.PropertyGroup) -> bpy.types.TimelineMarker | None:
    address = prompt.as_pointer()
    return next((each for each in prompt.id_data.timeline_markers if each.expclip.as_pointer() == address), None)


def _label(prompt: str) -> str:
    """A marker's name: the prompt's beginning, whole letters only."""
    return prompt.encode()[:_LONGEST].decode(errors="ignore") or _NEUTRAL
