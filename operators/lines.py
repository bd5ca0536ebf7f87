# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of a dialogue: write the list, and generate all of it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import astuple
from pathlib import Path

import bpy
from bpy_extras.io_utils import ExportHelper, ImportHelper

from .. import mixing, preview, session
from ..expclip_core import __version__
from ..expclip_core.client import Job
from ..expclip_core.contents import digest_of
from ..expclip_core.errors import Cancelled, InputError
from ..expclip_core.lines import Line, Unusable, read_lines, write_lines
from ..expclip_core.names import preset_of
from ..expclip_core.score import TimedPrompt
from ..preferences import launch, preferences
from ..scene import takes
from ..scene.dialogue import fit_range, hand_of_line, is_laid_down, lay_down, lay_sound
from ..scene.hand import take_up
from ..scene.rig import Rig, rig_of
from ..scene.score import performed
from ..scene.source import Source, file_source, selected_strips, strip_source, strips_scene
from ..scene.take import place
from ..translations import translated
from .generate import Order, by_number, face_of, ordered, take_of
from .working import Working, nothing_runs


class ChangesLines:
    """An operator that changes the list."""

    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return nothing_runs(cls)


class NeedsLine(ChangesLines):
    """An operator that works on lines that are there."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if context.scene.expclip_lines.current is None:
            cls.poll_message_set(translated("The list is empty: add a line or import a table."))
            return False
        return nothing_runs(cls)


class EXPCLIP_OT_add_line(ChangesLines, bpy.types.Operator):
    """Add a line, with the clip, prompt and face that are set above"""

    bl_idname = "expclip.add_line"
    bl_label = "Add Line"

    def execute(self, context: bpy.types.Context) -> set[str]:
        settings, line = context.scene.expclip, context.scene.expclip_lines.add()
        for name in ("clip", "strip", "prompt", "transcript", "intensity", "seed", "face", "first_frame"):
            setattr(line, name, getattr(settings, name))
        return {"FINISHED"}


class EXPCLIP_OT_add_strip_lines(ChangesLines, bpy.types.Operator):
    """Add a line for each selected sound strip of the sequencer. Its trim, speed and place are followed when they change"""

    bl_idname = "expclip.add_strip_lines"
    bl_label = "Add Selected Strips"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not selected_strips(strips_scene(context.scene, context.workspace)):
            cls.poll_message_set(translated("Select sound strips in the sequencer first."))
            return False
        return nothing_runs(cls)

    def execute(self, context: bpy.types.Context) -> set[str]:
        lines, settings = context.scene.expclip_lines, context.scene.expclip
        present = {line.strip for line in lines.lines}
        strips = selected_strips(strips_scene(context.scene, context.workspace))
        for strip in strips:
            if strip.name not in present:
                line = lines.add()
                line.strip, line.clip = strip.name, strip.sound.filepath
                line.prompt, line.intensity, line.face = settings.prompt, settings.intensity, settings.face
        return {"FINISHED"}


class EXPCLIP_OT_remove_line(NeedsLine, bpy.types.Operator):
    """Take the line off the list; what was generated for it stays"""

    bl_idname = "expclip.remove_line"
    bl_label = "Remove Line"

    def execute(self, context: bpy.types.Context) -> set[str]:
        lines = context.scene.expclip_lines
        lines.lines.remove(lines.active)
        lines.active = max(min(lines.active, len(lines.lines) - 1), 0)
        return {"FINISHED"}


class EXPCLIP_OT_move_line(NeedsLine, bpy.types.Operator):
    """Move the line up or down the list"""

    bl_idname = "expclip.move_line"
    bl_label = "Move Line"

    direction: bpy.props.EnumProperty(
        name="Direction", description="Where to", items=(("UP", "Up", "Earlier"), ("DOWN", "Down", "Later"))
    )

    def execute(self, context: bpy.types.Context) -> set[str]:
        lines = context.scene.expclip_lines
        place = lines.active + (-1 if self.direction == "UP" else 1)
        if not 0 <= place < len(lines.lines):
            return {"CANCELLED"}
        lines.lines.move(lines.active, place)
        lines.active = place
        return {"FINISHED"}


class EXPCLIP_OT_import_lines(ChangesLines, bpy.types.Operator, ImportHelper):
    """Add the lines of a table: a CSV with columns such as clip, prompt, character and start"""

    bl_idname = "expclip.import_lines"
    bl_label = "Import Lines"
    filename_ext = ".csv"
    filter_glob: bpy.props.StringProperty(default="*.csv;*.tsv;*.txt", options={"HIDDEN"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        lines = context.scene.expclip_lines
        try:
            table = read_lines(Path(self.filepath))
            _add_all(lines, table.lines)
        except InputError as error:
            self.report({"ERROR"}, translated(str(error)))
            return {"CANCELLED"}
        for warning in table.warnings:
            self.report({"WARNING"}, translated(warning))
        for number, row in table.rows:
            if isinstance(row, Unusable) or row.prompts:
                problem = row.problem if isinstance(row, Unusable) else "Prompts over time are for the command line."
                self.report({"WARNING"}, translated(f"Row {number} is left out: {problem}"))
        self.report({"INFO"}, translated(f"{len(lines.lines)} lines in the list"))
        return {"FINISHED"}


class EXPCLIP_OT_export_lines(NeedsLine, bpy.types.Operator, ExportHelper):
    """Save the list as a table, for spreadsheets, other files and `expclip batch`"""

    bl_idname = "expclip.export_lines"
    bl_label = "Export Lines"
    bl_options = {"REGISTER"}
    filename_ext = ".csv"
    filter_glob: bpy.props.StringProperty(default="*.csv", options={"HIDDEN"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            write_lines(Path(self.filepath), [_row(context, line) for line in context.scene.expclip_lines.lines])
        except InputError as error:
            self.report({"ERROR"}, translated(str(error)))
            return {"CANCELLED"}
        return {"FINISHED"}


class EXPCLIP_OT_generate_lines(NeedsLine, Working, bpy.types.Operator):
    """Generate all lines that are new or changed. Each becomes a strip in the NLA of its face, where it starts"""

    bl_idname = "expclip.generate_lines"
    bl_label = "Generate All"
    bl_options = {"UNDO"}

    def start(self, context: bpy.types.Context) -> Queue:
        preview.stop()
        self._scene = context.scene.session_uid
        self._faces = {line.identity: line.face or face_of(context) for line in context.scene.expclip_lines.lines}
        self._faces = {identity: face and face.session_uid for identity, face in self._faces.items()}
        self._strips = strips_scene(context.scene, context.workspace).session_uid
        session.worker()  # raises InputError once rather than for every line
        for line in context.scene.expclip_lines.lines:
            line.settle("WAITING")
        return Queue([line.identity for line in context.scene.expclip_lines.lines], self._begin_line, self._end_line)

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if event.type == "TIMER" and isinstance(session.job, Queue):
            session.job.advance()
        return super().modal(context, event)

    def finish(self, context: bpy.types.Context) -> str:
        scene = by_number(bpy.data.scenes, self._scene)
        if scene is None:
            raise InputError("The scene was deleted while its lines were made.")
        if scene.expclip.fit_range:
            fit_range(scene, self._faces)
        counts = Counter(line.state for line in scene.expclip_lines.lines)
        told = {"DONE": "done", "SKIPPED": "unchanged", "FAILED": "failed", "WAITING": "left"}
        summary = ", ".join(f"{counts[state]} {translated(word)}" for state, word in told.items() if counts[state])
        if not counts["DONE"] + counts["SKIPPED"] + counts["WAITING"]:
            raise InputError("No line could be generated: the list says why.")
        return f"Lines: {summary}"

    def _begin_line(self, identity: str) -> Order | None:
        """Ask for a line's take; None when there is nothing to do. Raises InputError."""
        scene, line = self._line(identity)
        face = by_number(bpy.data.objects, self._faces[identity])
        if face is None:
            if line.character:
                raise InputError(f"There is no character {line.character}: pick who speaks.")
            raise InputError("The line has no character: pick who speaks.")
        rig = rig_of(face)
        if rig.controls:  # a line would need the NLA of a rig that the artist animates too
            raise InputError(f"Controls move {rig.name}'s shape keys, which lines cannot key: use Generate for it.")
        source = _source(by_number(bpy.data.scenes, self._strips), line)
        made_from = _digest(scene, line, rig, source)
        if line.made_from == made_from and is_laid_down(rig, identity):
            line.settle("SKIPPED")
            return None
        line.settle("RUNNING")
        self._made_from = made_from  # the line's own once its take is: until then the file may be saved and Blender die
        hand = hand_of_line(rig, identity)
        stretch = hand.take.stretch if hand else 1.0
        return ordered(scene, face, source, _own_prompt(line), line.seed, line.transcript, stretch)

    def _end_line(self, identity: str, order: Order | None, problem: str) -> None:
        """Write what came for a line, or what went wrong."""
        scene, line = self._line(identity)
        if order is None:
            line.settle("FAILED", problem)
            return
        try:
            line.settle("DONE", _put_down(scene, by_number(bpy.data.objects, order.face), identity, order))
            line.made_from = self._made_from
        except InputError as error:
            line.settle("FAILED", str(error))
        except Cancelled:
            line.settle("WAITING")

    def _line(self, identity: str) -> tuple[bpy.types.Scene, bpy.types.PropertyGroup]:
        scene = by_number(bpy.data.scenes, self._scene)
        line = next((each for each in scene.expclip_lines.lines if each.identity == identity), None) if scene else None
        if line is None:
            raise Cancelled
        return scene, line


class Queue:
    """Lines that are made one after the other; looks like one job. A line that fails does not stop the others.

    advance must be called on Blender's own thread: it begins and ends lines. begin: the line's identity → its order, or
    None when there is nothing to do; end: what came of it.
    """

    def __init__(
        self,
        lines: Sequence[str],
        begin: Callable[[str], Order | None],
        end: Callable[[str, Order | None, str], None],
    ) -> None:
        self._lines, self._begin, self._end = list(lines), begin, end
        self._count, self._next = len(lines), 0
        self._order: Order | None = None
        self.cancelled = False

    @property
    def finished(self) -> bool:
        return self._order is None and (self.cancelled or self._next == self._count)

    @property
    def fraction(self) -> float:
        ended = self._next - (self._order is not None)
        return (ended + (self._job.fraction if self._job else 0.0)) / self._count

    @property
    def stage(self) -> str:
        return f"Line {self._next} of {self._count}: {self._job.stage}" if self._job and self._job.stage else ""

    @property
    def _job(self) -> Job | None:
        return self._order and self._order.job

    def cancel(self) -> None:
        self.cancelled = True
        if self._job:
            self._job.cancel()

    def wait(self, timeout: float) -> bool:
        """For scripts: wait for the line in hand, go on with the next."""
        if self._job:
            self._job.wait(timeout)
        self.advance()
        return self.finished

    def advance(self) -> None:
        """End the line in hand when its answer has come, and begin the next one that has something to do."""
        if self._order is not None:
            if not self._job.finished:
                return
            order, self._order = self._order, None
            self._settle(self._lines[self._next - 1], order, "")
        while self._order is None and not self.finished:
            line = self._lines[self._next]
            self._next += 1
            try:
                self._order = self._begin(line)
            except InputError as error:
                self._settle(line, None, str(error))
            except Cancelled:
                continue

    def _settle(self, line: str, order: Order | None, problem: str) -> None:
        try:
            self._end(line, order, problem)
        except Cancelled:  # the line or its scene is gone
            return


def _put_down(scene: bpy.types.Scene, face: bpy.types.Object | None, identity: str, order: Order) -> str:
    """Key a line's take and lay it into the NLA and the sequencer. Returns what is to be said about it."""
    result = order.job.result()
    if face is None:
        raise InputError("Its face was deleted while it was made: pick who speaks.")
    rig, take = rig_of(face), take_of(order, result)
    hand = hand_of_line(rig, identity)
    take = hand.led_on(take) if hand else take
    placed = place(scene, rig, take, with_sound=False, fit_range=False)
    if hand:
        with mixing.paused():
            take_up(rig, takes.current(face), hand)
    lay_down(rig, identity, order.source.first_frame, take.first_frame, take.last_frame)
    warnings = [*result["warnings"], *placed.warnings]
    if scene.expclip.place_sound:
        warnings.append(lay_sound(scene, identity, rig.name, order.source, take.frames))
    return " ".join(filter(None, warnings))


def _source(strips: bpy.types.Scene, line: bpy.types.PropertyGroup) -> Source:
    if line.strip:
        return strip_source(strips, line.strip)
    if not line.clip.strip():
        raise InputError("The line has no clip: pick a sound file or a strip.")
    return file_source(line.clip, line.first_frame, line.excerpt)


def _own_prompt(line: bpy.types.PropertyGroup) -> TimedPrompt:
    return TimedPrompt(0.0, line.prompt, line.intensity)


def _digest(scene: bpy.types.Scene, line: bpy.types.PropertyGroup, rig: Rig, source: Source) -> str:
    """Of all that decides what is generated for a line and keyed; of files their contents, as `expclip batch` does."""
    fps = scene.render.fps / scene.render.fps_base
    score = performed(scene, _own_prompt(line), source.first_frame, fps)
    beside = (source.path.with_suffix(ending) for ending in (".txt", ".TXT") if not line.transcript.strip())
    text = next((each for each in beside if each.is_file()), None)
    decides = (
        *(str(source.path), digest_of(source.path, "clip"), text and digest_of(text, "transcript"), launch().models),
        *(source.first_frame, astuple(source.excerpt), rig.meshes[0].name_full, fps),
        *([astuple(timed) for timed in score], line.seed, line.transcript, preferences().guess_words),
        *(scene.expclip.keying.limit, preset_of(rig.adjustments), __version__),
    )
    return hashlib.sha256(json.dumps(decides).encode()).hexdigest()


def _add_all(lines: bpy.types.PropertyGroup, rows: Sequence[Line]) -> None:
    """All rows that can be lines of the list, or none when one of them cannot be filled in."""
    with ExitStack() as undo:
        undo.callback(lines.shorten, len(lines.lines), lines.active)
        for row in rows:
            if not row.prompts:
                _fill(lines.add(), row)
        undo.pop_all()


def _fill(line: bpy.types.PropertyGroup, row: Line) -> None:
    """A line of the list from a row of a table."""
    line.clip, line.first_frame = str(row.clip), row.start
    for name in ("prompt", "character", "intensity", "seed"):
        setattr(line, name, getattr(row, name))
    line.transcript = _words(row.transcript)
    line.clip_start, line.clip_end, line.clip_speed = row.excerpt.start, row.excerpt.end or 0.0, row.excerpt.speed
    named = (each for each in bpy.data.objects if each.name.casefold() == row.character.casefold())
    line.face = next(named, None)


def _words(transcript: str) -> str:
    """What a row says is said: the words, or those of the file it names."""
    path = Path(transcript)
    if not transcript.lower().endswith(".txt"):
        return transcript
    try:
        return " ".join(path.read_text(encoding="utf-8-sig", errors="replace").split())
    except FileNotFoundError:
        return transcript
    except OSError as error:
        raise InputError(f"The transcript {path} cannot be read ({error.strerror}): check its path.") from error


def _row(context: bpy.types.Context, line: bpy.types.PropertyGroup) -> Line:
    """A row of a table from a line of the list; a strip as the part of the file that it plays."""
    source = _source(strips_scene(context.scene, context.workspace), line)
    return Line(
        source.path,
        line.prompt,
        character=line.face.name if line.face else line.character,
        start=source.first_frame,
        intensity=line.intensity,
        seed=line.seed,
        transcript=line.transcript,
        excerpt=source.excerpt,
    )
