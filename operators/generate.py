# SPDX-License-Identifier: GPL-3.0-or-later
"""Speech and prompt become a take on the face."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

import bpy
import numpy as np

from .. import preview, prompt_history, session
from ..expclip_core.client import Job
from ..expclip_core.errors import InputError
from ..expclip_core.mix import Layers
from ..expclip_core.score import TimedPrompt
from ..preferences import preferences
from ..scene.checks import obstacles
from ..scene.rig import Rig, rig_of
from ..scene.score import own_prompt, performed
from ..scene.seal import flat_close
from ..scene.source import Source, file_source, strip_source, strips_scene
from ..scene.take import Placed, Take, place
from ..translations import translated
from .working import Working


@dataclass(frozen=True)
class Order:
    """What was asked for. Names Blender's data by number, as it may be gone when the answer comes."""

    job: Job
    scene: int
    face: int
    source: Source
    prompt: str
    intensity: float
    seed: int
    transcript: str
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
        prompt_history.write(prompt_history.read().used(context.scene.expclip.prompt.strip()))
        self._order = place_order(context)
        return self._order.job

    def finish(self, context: bpy.types.Context) -> str:
        job = self._order.job
        result = job.result()
        rig, placed = put_on_face(self._order, result)
        in_the_way = (obstacle.sentence for obstacle in obstacles(rig))
        for warning in filter(None, (*result["warnings"], *in_the_way, flat_close(rig), *placed.warnings)):
            self.report({"WARNING"}, translated(warning))
        return _summary(placed, job)


def check(context: bpy.types.Context) -> Rig:
    """The rig, when there is all that Generate needs. Raises InputError with what is missing."""
    if context.window_manager.expclip.running:
        raise InputError("A take is being made: wait for it or cancel it.")
    settings = context.scene.expclip
    if not (settings.strip or settings.clip.strip()):
        raise InputError("Pick a speech clip: a wav, flac, ogg, opus, mp3 or aiff file.")
    return rig_of(face_of(context))


def face_of(context: bpy.types.Context) -> bpy.types.Object | None:
    """The face that was chosen, else the active object."""
    return context.scene.expclip.face or context.view_layer.objects.active


def place_order(context: bpy.types.Context) -> Order:
    """Ask the worker for what is set in the scene. Raises InputError."""
    check(context)
    scene, settings = context.scene, context.scene.expclip
    return ordered(scene, face_of(context), _source(context), own_prompt(scene), settings.seed, words_of(settings))


def _source(context: bpy.types.Context) -> Source:
    settings = context.scene.expclip
    if settings.strip:
        return strip_source(strips_scene(context.scene, context.workspace), settings.strip)
    return file_source(settings.clip, settings.first_frame)


def words_of(settings: bpy.types.PropertyGroup) -> str:
    """What is said: the text that was chosen, else the field."""
    return settings.transcript_block.as_string() if settings.transcript_block else settings.transcript


def ordered(
    scene: bpy.types.Scene,
    face: bpy.types.Object,
    source: Source,
    own: TimedPrompt,
    seed: int,
    transcript: str,
    stretch: float = 1.0,
) -> Order:
    """Ask the worker for a take of a clip, which the animator made so many times longer. Raises InputError when there is no
    worker to ask.
    """
    fps = scene.render.fps / scene.render.fps_base
    score = performed(scene, own, source.first_frame, fps * stretch)
    spoken = {"seed": seed, "transcript": transcript}
    excerpt = {"start": source.excerpt.start, "end": source.excerpt.end, "speed": source.excerpt.speed}
    job = session.worker().request(
        "animate",
        clip=str(source.path),
        prompts=[timed.entry for timed in score],
        guess_words=preferences().guess_words,
        **spoken,
        **excerpt,
        layers=True,
    )
    asked = {"prompt": own.prompt, "intensity": own.intensity, **spoken}
    tolerance = scene.expclip.keying.limit
    return Order(job, scene.session_uid, face.session_uid, source, **asked, fps=fps, tolerance=tolerance)


def put_on_face(order: Order, result: dict) -> tuple[Rig, Placed]:
    """Write the take. The scene or the face may be gone by now. Raises InputError."""
    scene = by_number(bpy.data.scenes, order.scene)
    face = by_number(bpy.data.objects, order.face)
    if scene is None or face is None:
        raise InputError("The face was deleted while its take was made: pick a face and generate again.")
    rig = rig_of(face)
    wanted = scene.expclip.place_sound
    placed = place(
        scene, rig, take_of(order, result), wanted and not order.source.in_sequencer, scene.expclip.fit_range
    )
    if wanted and order.source.in_sequencer:
        scene.sync_mode = "AUDIO_SYNC"
    return rig, placed


def take_of(order: Order, result: dict) -> Take:
    """What the worker sent for an order, as the action will remember it. Raises InputError."""
    width = 2 * len(result["channels"]) + 2 + len(result["tracks"])
    values = np.frombuffer(order.job.values, np.float32)
    if values.size != result["frames"] * width:
        raise InputError("The worker sent an incomplete take: generate again.")
    layers = Layers.of_matrix(values.reshape(-1, width), result["tracks"], result["fps"])
    return Take(
        clip=order.source.clip,
        prompt=order.prompt,
        first_frame=order.source.first_frame,
        excerpt=order.source.excerpt,
        layers=Layers.unpacked(layers.packed()),  # as it will be found again
        fps=order.fps,
        intensity=order.intensity,
        seed=order.seed,
        transcript=order.transcript,
        prompts=json.dumps(order.job.request.params["prompts"], ensure_ascii=False),
        date=datetime.now().isoformat(" ", "seconds"),
        tolerance=order.tolerance,
    )


def by_number(collection, number: int):
    return next((each for each in collection if each.session_uid == number), None)


def _summary(placed: Placed, job: Job) -> str:
    meshes = "1 mesh" if placed.meshes == 1 else f"{placed.meshes} meshes"
    return f"{placed.written} in {placed.written.curves} curves on {meshes}, {job.seconds:.1f} s"
