# SPDX-License-Identifier: GPL-3.0-or-later
"""Speech and prompt become a take on the face."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import bpy
import numpy as np

from .. import preview, session
from ..expclip_core.client import Job
from ..expclip_core.errors import InputError
from ..expclip_core.mix import Layers
from ..scene.checks import obstacles
from ..scene.rig import Rig, rig_of
from ..scene.take import Placed, Take, place
from ..translations import translated
from .working import Working


@dataclass(frozen=True)
class Order:
    """What was asked for. Names Blender's data by number, as it may be gone when the answer comes."""

    job: Job
    scene: int
    face: int
    clip: str
    prompt: str
    intensity: float
    seed: int
    transcript: str
    first_frame: int
    fps: float
    tolerance: float


class EXPCLIP_OT_generate(Working, bpy.types.Operator):
    """Animate the face: lips that speak the clip, and an expression that follows the prompt"""

    bl_idname = "expclip.generate"
    bl_label = "Generate"
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        try:
            check(context)
        except InputError as error:
            cls.poll_message_set(translated(str(error)))
            return False
        return True

    def start(self, context: bpy.types.Context) -> Job:
        preview.stop()
        self._order = place_order(context)
        return self._order.job

    def finish(self, context: bpy.types.Context) -> str:
        job = self._order.job
        result = job.result()
        rig, placed = _put_on_face(self._order, result)
        in_the_way = (obstacle.sentence for obstacle in obstacles(rig))
        for warning in (*result["warnings"], *in_the_way, *placed.warnings):
            self.report({"WARNING"}, translated(warning))
        return _summary(placed, job)


def check(context: bpy.types.Context) -> Rig:
    """The rig, when there is all that Generate needs. Raises InputError with what is missing."""
    if context.window_manager.expclip.running:
        raise InputError("A take is being made: wait for it or cancel it.")
    if not context.scene.expclip.clip.strip():
        raise InputError("Pick a speech clip: a wav, flac, ogg, opus, mp3 or aiff file.")
    return rig_of(face_of(context))


def face_of(context: bpy.types.Context) -> bpy.types.Object | None:
    """The face that was chosen, else the active object."""
    return context.scene.expclip.face or context.view_layer.objects.active


def place_order(context: bpy.types.Context) -> Order:
    check(context)
    scene, settings = context.scene, context.scene.expclip
    clip = Path(bpy.path.abspath(settings.clip))
    if not clip.is_file():
        raise InputError(f"There is no file {clip.name} in {clip.parent}: pick the clip again.")
    job = session.worker().request(
        "animate",
        clip=str(clip),
        prompt=settings.prompt,
        intensity=settings.intensity,
        seed=settings.seed,
        transcript=settings.transcript,
        layers=True,
    )
    asked = (settings.clip, settings.prompt, settings.intensity, settings.seed, settings.transcript)
    fps = scene.render.fps / scene.render.fps_base
    return Order(
        job, scene.session_uid, face_of(context).session_uid, *asked, settings.first_frame, fps, settings.keying.limit
    )


def _put_on_face(order: Order, result: dict) -> tuple[Rig, Placed]:
    """Write the take. The scene or the face may be gone by now. Raises InputError."""
    scene = by_number(bpy.data.scenes, order.scene)
    face = by_number(bpy.data.objects, order.face)
    if scene is None or face is None:
        raise InputError("The face was deleted while its take was made: pick a face and generate again.")
    rig = rig_of(face)
    return rig, place(scene, rig, take_of(order, result), scene.expclip.place_sound, scene.expclip.fit_range)


def take_of(order: Order, result: dict) -> Take:
    """What the worker sent for an order, as the action will remember it. Raises InputError."""
    width = 2 * len(result["channels"]) + 2 + len(result["tracks"])
    values = np.frombuffer(order.job.values, np.float32)
    if values.size != result["frames"] * width:
        raise InputError("The worker sent an incomplete take: generate again.")
    layers = Layers.of_matrix(values.reshape(-1, width), result["tracks"], result["fps"])
    return Take(
        clip=order.clip,
        prompt=order.prompt,
        first_frame=order.first_frame,
        layers=Layers.unpacked(layers.packed()),  # as it will be found again
        fps=order.fps,
        intensity=order.intensity,
        seed=order.seed,
        transcript=order.transcript,
        date=datetime.now().isoformat(" ", "minutes"),
        tolerance=order.tolerance,
    )


def by_number(collection, number: int):
    return next((each for each in collection if each.session_uid == number), None)


def _summary(placed: Placed, job: Job) -> str:
    meshes = "1 mesh" if placed.meshes == 1 else f"{placed.meshes} meshes"
    return f"{placed.written} in {placed.written.curves} curves on {meshes}, {job.seconds:.1f} s"
