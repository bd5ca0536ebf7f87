# SPDX-License-Identifier: GPL-3.0-or-later
"""A pose of the rig as a prompt, and a pose in words."""

from __future__ import annotations

import bpy

from .. import session
from ..expclip_core.client import Job
from ..expclip_core.errors import InputError
from ..scene import score
from ..scene.pose import pose_of_rig
from ..scene.rig import rig_of
from ..translations import translated
from .generate import face_of
from .working import Working


class EXPCLIP_OT_take_pose(bpy.types.Operator):
    """Take the face's present pose as a prompt: it is kept in the scene and mixes with the words"""

    bl_idname = "expclip.take_pose"
    bl_label = "Style from Current Pose"
    bl_options = {"REGISTER", "UNDO"}

    name: bpy.props.StringProperty(name="Name", description="What the pose is called; one of that name is replaced")

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return _poll_rig(cls, context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        scene = context.scene
        weights = pose_of_rig(rig_of(face_of(context)))
        if max(weights.values()) < 0.01:
            self.report({"ERROR"}, translated("The face rests: pose it first, then take the pose."))
            return {"CANCELLED"}
        prompting = scene.expclip.prompting
        self.name = self.name.strip() or f"Pose {len(prompting.poses) + 1}"
        prompting.pose = score.keep_pose(scene, self.name, weights).name
        return {"FINISHED"}


class EXPCLIP_OT_remove_pose(bpy.types.Operator):
    """Forget the chosen pose"""

    bl_idname = "expclip.remove_pose"
    bl_label = "Remove Pose"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        prompting = context.scene.expclip.prompting
        if prompting.pose not in prompting.poses:
            cls.poll_message_set(translated("Choose a pose first."))
        return prompting.pose in prompting.poses

    def execute(self, context: bpy.types.Context) -> set[str]:
        prompting = context.scene.expclip.prompting
        prompting.poses.remove(prompting.poses.find(prompting.pose))
        prompting.pose = ""
        return {"FINISHED"}


class EXPCLIP_OT_describe_pose(Working, bpy.types.Operator):
    """Say in words what the face shows now: the five nearest prompts, to click and use"""

    bl_idname = "expclip.describe_pose"
    bl_label = "Describe Pose"
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if context.window_manager.expclip.running:
            cls.poll_message_set(translated("A take is being made: wait for it or cancel it."))
            return False
        return _poll_rig(cls, context)

    def start(self, context: bpy.types.Context) -> Job:
        self._scene = context.scene.session_uid
        return session.worker().request("describe", pose=pose_of_rig(rig_of(face_of(context))))

    def finish(self, context: bpy.types.Context) -> str:
        found = [each["prompt"] for each in session.job.result()["prompts"]]
        scene = next((each for each in bpy.data.scenes if each.session_uid == self._scene), None)
        if scene is not None:
            scene.expclip.prompting.likely.clear()
            for prompt in found:
                scene.expclip.prompting.likely.add().name = prompt
        return f"This face looks {', '.join(found)}."


def _poll_rig(operator: type[bpy.types.Operator], context: bpy.types.Context) -> bool:
    try:
        rig_of(face_of(context))
    except InputError as error:
        operator.poll_message_set(translated(str(error)))
        return False
    return True
