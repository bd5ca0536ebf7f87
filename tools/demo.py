# SPDX-License-Identifier: GPL-3.0-or-later
"""`make demo`: a clip and a prompt become a keyed face, a .blend, a video with sound and a contact sheet.

    python tools/demo.py [--clip FILE] [--prompt TEXT] [--output demo]

Runs the add-on itself in the bpy module: the same operators an animator presses.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import imageio_ffmpeg
import numpy as np
from PIL import Image, ImageDraw, ImageFont

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.blender_module import ROOT, enabled_extension, extension

CLIP = ROOT / "assets" / "demo-clip.flac"
PROMPT = "sad, but trying to smile"
FPS = 30
SIZE = 512
MOMENTS = 9


@dataclass
class Stages:
    """Wall seconds of each stage, told as they pass."""

    seconds: dict[str, float] = field(default_factory=dict)

    def run(self, name: str, work):
        print(f"{name} …", flush=True)
        started = time.perf_counter()
        result = work()
        self.seconds[name] = time.perf_counter() - started
        return result


def main() -> int:
    options = _options()
    if not options.clip.is_file():
        print(f"There is no file {options.clip}: name a clip, as in make demo CLIP=line.wav", file=sys.stderr)
        return 2
    options.output.mkdir(parents=True, exist_ok=True)
    with enabled_extension():
        return _demo(options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clip", type=Path, default=CLIP)
    parser.add_argument("--prompt", default=PROMPT)
    parser.add_argument("--output", type=Path, default=ROOT / "demo")
    parser.add_argument("--name", default="expclip-demo", help="of the files")
    return parser.parse_args()


def _demo(options: argparse.Namespace) -> int:
    import bpy

    stages, scene = Stages(), bpy.context.scene
    scene.render.fps, scene.render.fps_base = FPS, 1.0
    clip = options.output / options.clip.name
    for source in (options.clip, options.clip.with_suffix(".txt")):  # the clip, and what is said in it when it is known
        if source.is_file() and source.parent.resolve() != options.output.resolve():
            shutil.copyfile(source, options.output / source.name)  # beside the .blend, so that the folder can be moved
    stages.run("Building the demo face", bpy.ops.expclip.add_demo_face)
    face = scene.expclip.face
    extension("scene.demo_face").frame_demo_face(scene, face)
    scene.expclip.clip, scene.expclip.prompt = str(clip.resolve()), options.prompt
    stages.run("Loading the models", lambda: extension("session").worker().request("load").result())
    try:
        result = stages.run(f"Animating “{options.prompt}”", _generate)
    except RuntimeError as error:  # an operator's error, already a sentence
        print(str(error).removeprefix("Error: ").strip(), file=sys.stderr)
        return 2
    blend = options.output / f"{options.name}.blend"
    stages.run("Saving the .blend", lambda: _save(blend))
    with tempfile.TemporaryDirectory() as folder:
        frames = stages.run(
            f"Rendering {scene.frame_end - scene.frame_start + 1} frames", lambda: _render(Path(folder))
        )
        video, sheet = blend.with_suffix(".mp4"), blend.with_suffix(".png")
        stages.run("Joining picture and sound", lambda: _join(Path(folder), clip, video))
        stages.run("Making the contact sheet", lambda: _contact_sheet(frames, _moments(face), sheet, options.prompt))
    _tell(stages, result, [blend, video, sheet])
    return 0


def _generate() -> dict:
    """Press Generate while a thread tells the progress. The worker's answer: frames, seconds of each stage, warnings."""
    import bpy

    session, jobs = extension("session"), []
    done = threading.Event()
    watcher = threading.Thread(target=_tell_progress, args=(session, jobs, done))
    watcher.start()
    try:
        bpy.ops.expclip.generate()
    finally:
        done.set()
        watcher.join()
    return jobs[-1].result()


def _tell_progress(session, jobs: list, done: threading.Event) -> None:
    told = ""
    while not done.wait(0.02):
        job = session.job
        if job is None:
            continue
        if not jobs:
            jobs.append(job)
        if job.stage and job.stage != told:
            told = job.stage
            print(f"  {job.fraction:4.0%}  {told}", flush=True)


def _save(path: Path) -> None:
    import bpy

    bpy.ops.wm.save_as_mainfile(filepath=str(path.resolve()), relative_remap=True, compress=True)


def _render(folder: Path) -> list[Path]:
    import bpy

    scene = bpy.context.scene
    _render_fast(scene)
    scene.render.resolution_x = scene.render.resolution_y = SIZE
    scene.render.resolution_percentage = 100
    scene.render.image_settings.file_format = "PNG"
    scene.render.image_settings.compression = 15
    frames = []
    for number in range(scene.frame_start, scene.frame_end + 1):
        scene.frame_set(number)
        path = folder / f"{number - scene.frame_start:05d}.png"
        scene.render.filepath = str(path)
        with _silenced():
            bpy.ops.render.render(write_still=True)
        frames.append(path)
        if len(frames) % 30 == 0:
            print(f"  {len(frames):4d} frames", flush=True)
    return frames


def _render_fast(scene) -> None:
    """Workbench under its painter's light: an eighth of a second a frame without a GPU. The saved file keeps its engine."""
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.view_settings.view_transform = "Standard"
    scene.display.render_aa = "FXAA"
    scene.display.shading.studio_light = "paint.sl"
    scene.display.shading.show_cavity = False


class _silenced:
    """Keeps Blender's line for every saved frame off the terminal."""

    def __enter__(self) -> None:
        import os

        sys.stdout.flush()
        self._kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)

    def __exit__(self, *_: object) -> None:
        import os

        os.dup2(self._kept, 1)
        os.close(self._kept)


def _join(folder: Path, clip: Path, video: Path) -> None:
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-loglevel", "error", "-framerate", str(FPS), "-i", str(folder / "%05d.png"),
        "-i", str(clip), "-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", "20", "-c:a", "aac", "-b:a", "128k", "-movflags", "+faststart",
        str(video),
    ]  # fmt: skip
    subprocess.run(command, check=True)


def _moments(face) -> list[int]:
    """Nine frames in order: the take in nine parts, of each in turn the widest opened and the firmest sealed moment."""
    import bpy

    scene = bpy.context.scene
    keys = face.data.shape_keys.key_blocks
    opened, sealed = [], []
    for number in range(scene.frame_start, scene.frame_end + 1):
        scene.frame_set(number)
        parted = keys["jawOpen"].value - keys["mouthClose"].value + keys["mouthLowerDownLeft"].value
        opened.append(parted)
        sealed.append(keys["mouthClose"].value + keys["mouthPressLeft"].value - parted)
    parts = np.array_split(np.arange(len(opened)), MOMENTS)
    return [int(part[np.argmax(np.array(sealed if turn % 2 else opened)[part])]) for turn, part in enumerate(parts)]


def _contact_sheet(frames: list[Path], moments: list[int], path: Path, prompt: str) -> None:
    side, band = SIZE // 2 + 80, 44
    sheet = Image.new("RGB", (3 * side, 3 * side + band), (24, 24, 27))
    draw = ImageDraw.Draw(sheet)
    draw.text((16, 10), f"“{prompt}”", fill=(235, 235, 235), font=ImageFont.load_default(22))
    for place, moment in enumerate(moments):
        corner = (place % 3 * side, band + place // 3 * side)
        sheet.paste(Image.open(frames[moment]).convert("RGB").resize((side, side), Image.LANCZOS), corner)
        draw.text(
            (corner[0] + 10, corner[1] + side - 26),
            f"{moment / FPS:.2f} s",
            fill=(240, 240, 240),
            font=ImageFont.load_default(16),
        )
    sheet.save(path, optimize=True)


def _tell(stages: Stages, result: dict, made: list[Path]) -> None:
    print("\nMade:")
    for path in made:
        print(f"  {path}  ({path.stat().st_size / 1e6:.1f} MB)")
    print("Seconds:")
    for name, seconds in stages.seconds.items():
        print(f"  {seconds:7.2f}  {name}")
    models = sum(result["seconds"].values())
    print("Models: " + ", ".join(f"{name} {seconds:.3f} s" for name, seconds in result["seconds"].items()))
    print(
        f"Real-time factor of the models: {models / result['duration']:.3f} ({result['duration']:.1f} s of speech in {models:.2f} s)"
    )
    for warning in result["warnings"]:
        print(f"Note: {warning}")


if __name__ == "__main__":
    sys.exit(main())
