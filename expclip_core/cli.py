# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: `expclip express`, `animate` and `batch`, for studios, tests and other tools."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from . import __version__, arkit, timecode
from .errors import InputError
from .excerpt import Excerpt
from .threads import sleep_while_waiting

if TYPE_CHECKING:
    from .expression import ExpClip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit status: 0, or 2 after a one-line message on stderr that says what to do.

    A batch of which some lines are missing ends with 1.
    """
    options = _parser().parse_args(arguments)
    sleep_while_waiting()
    try:
        return options.run(options) or 0
    except InputError as error:
        print(f"expclip: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of our output has gone; nobody is left to tell
        return 2
    except KeyboardInterrupt:
        print("expclip: stopped.", file=sys.stderr)
        return 2


_TIMECODE = "of the first frame; 'clip' takes that of a broadcast wav (default 00:00:00:00)"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:
        """One line, as every other message: argparse would print the usage first."""
        self.exit(2, f"{self.prog}: {message}; see '{self.prog} --help'.\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="expclip", description="Speech and a prompt become 52 ARKit blendshape curves.")
    parser.add_argument("--version", action="version", version=f"expclip {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)

    express = commands.add_parser("express", help="prompts → poses, one JSON object a line")
    express.add_argument("prompts", nargs="*", metavar="PROMPT", help="a prompt; '-' reads one a line from stdin")
    express.set_defaults(run=_express)

    describe = commands.add_parser("describe", help="a pose → the prompts it is most like, one JSON object a line")
    describe.add_argument(
        "poses", nargs="+", type=Path, metavar="POSE.json", help="{channel: weight}, as express prints"
    )
    describe.add_argument("--count", type=int, default=5, help="how many prompts (default 5)")
    describe.set_defaults(run=_describe)

    animate = commands.add_parser("animate", help="clip + prompt → curves")
    animate.add_argument("clip", type=Path, metavar="CLIP", help="speech: wav, flac, ogg, opus, mp3, aiff")
    styles = animate.add_mutually_exclusive_group()
    styles.add_argument("--prompt", default="", help="how the line is to be performed; empty = neutral")
    styles.add_argument("--prompts", type=Path, metavar="FILE.json", help="prompts over time, cross-faded")
    animate.add_argument(
        "--from", type=float, default=0.0, dest="start", metavar="SECONDS", help="where the clip starts in its file"
    )
    animate.add_argument(
        "--to", type=float, dest="end", metavar="SECONDS", help="where it ends (default: the file's end)"
    )
    animate.add_argument("--speed", type=float, default=1.0, help="how fast it is played (default 1)")
    animate.add_argument("--fps", type=float, default=60.0, help="frames a second of the output (default 60)")
    animate.add_argument("--timecode", default="", metavar="HH:MM:SS:FF|clip", help=_TIMECODE)
    animate.add_argument("--seed", type=int, default=0, help="of blinks, gaze, brows and head (default 0)")
    animate.add_argument("--blinks", type=_amount, default=1.0, help="strength of blinks, 0 without (default 1)")
    animate.add_argument("--brows", type=_amount, default=1.0, help="strength of brows on stressed words (default 1)")
    animate.add_argument(
        "--head", type=_amount, default=1.0, help="strength of the head's movement, in .csv (default 1)"
    )
    animate.add_argument("--gaze", type=_amount, default=1.0, help="strength of glances, 0 without (default 1)")
    animate.add_argument("--transcript", metavar="TEXT|FILE", help="what is said; makes the lips better")
    animate.add_argument("--language", metavar="CODE", help="that is spoken, such as de (default: found from the text)")
    animate.add_argument("--no-transcript", action="store_true", help="do not use a .txt beside the clip")
    animate.add_argument(
        "--transcribe", type=Path, metavar="FOLDER", help="a local Whisper model writes the transcript"
    )
    animate.add_argument("-o", "--output", type=Path, required=True, metavar="OUT", help=".csv, .json or .npz")
    animate.set_defaults(run=_animate)

    batch = commands.add_parser("batch", help="a table of lines → a file of curves each")
    batch.add_argument(
        "lines", type=Path, metavar="LINES.csv", help="columns clip, prompt, character, start and others"
    )
    batch.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER", help="what did not change stays")
    batch.add_argument("--format", choices=("csv", "json", "npz"), default="csv", help="of the files (default csv)")
    batch.add_argument("--fps", type=float, default=60.0, help="of lines that name no other (default 60)")
    where = batch.add_mutually_exclusive_group()
    where.add_argument("--jobs", type=int, default=1, metavar="N", help="worker processes (default 1)")
    where.add_argument("--dask", default="", metavar="ADDRESS", help="of a Dask scheduler that makes the lines")
    batch.set_defaults(run=_batch)

    convert = commands.add_parser("convert", help="curves → another format: Live Link Face CSV, JSON, NPZ")
    convert.add_argument("source", type=Path, metavar="IN", help=".csv, .json or .npz")
    convert.add_argument("output", type=Path, metavar="OUT", help=".csv, .json or .npz")
    convert.add_argument("--fps", type=float, help="frames a second of the output (default: each row as it is)")
    convert.add_argument("--timecode", default="", metavar="HH:MM:SS:FF", help="of the first frame (default: as in IN)")
    convert.add_argument("--timecode-fps", type=float, help="that the timecodes of IN count, when it is under a second")
    convert.set_defaults(run=_convert)

    for command in (animate, batch):
        command.add_argument(
            "--no-guess", action="store_true", help="without a transcript, do not guess English words either"
        )
    for command in (express, animate):
        command.add_argument("--pose", type=Path, metavar="FILE.json", help="a pose that is a prompt as well")
        command.add_argument(
            "--mix", type=_share, default=0.5, help="0 follows the prompt, 1 the pose (default 0.5; 1 without a prompt)"
        )
        command.add_argument(
            "--intensity", type=float, default=1.0, help="0 neutral, 1 as written, up to 2 (default 1)"
        )
    for command in (express, describe, animate, batch):
        command.add_argument("--device", default="auto", help="auto, cpu, cuda or mps (default auto)")
        command.add_argument("--weights", type=Path, metavar="FOLDER", help="the models' weights")
        command.add_argument("--text-encoder", type=Path, metavar="FOLDER", help="a sentence encoder's files")
    return parser


def _amount(text: str) -> float:
    return _within(text, 2.0)


def _share(text: str) -> float:
    return _within(text, 1.0)


def _within(text: str, most: float) -> float:
    amount = float(text)
    if not 0.0 <= amount <= most:
        raise argparse.ArgumentTypeError(f"{text} is not within 0 to {most:g}")
    return amount


def _express(options: argparse.Namespace) -> None:
    from .animate import styles_of
    from .score import TimedPrompt, read_pose

    pose = read_pose(options.pose) if options.pose else ()
    prompts = [prompt for argument in options.prompts for prompt in _lines(argument)] or [""] * bool(pose)
    if not prompts:
        raise InputError("There is nothing to express; give a prompt, or a pose with --pose.")
    score = [TimedPrompt(0.0, prompt, options.intensity, pose, options.mix) for prompt in prompts]
    for prompt, style in zip(prompts, styles_of(_expclip(options), score), strict=True):
        print(json.dumps({"prompt": prompt, "weights": arkit.as_dict(style.pose)}, ensure_ascii=False))


def _describe(options: argparse.Namespace) -> None:
    from .likeness import Describer
    from .score import read_pose

    poses = [read_pose(path) for path in options.poses]
    describer = Describer(_expclip(options))
    for path, pose in zip(options.poses, poses, strict=True):
        likely = [
            {"prompt": each.prompt, "likeness": round(each.likeness, 3)}
            for each in describer.describe(pose, options.count)
        ]
        print(json.dumps({"pose": path.name, "prompts": likely}, ensure_ascii=False))


def _expclip(options: argparse.Namespace) -> ExpClip:
    from .animate import WEIGHTS, chosen_device
    from .expression import ExpClip

    return ExpClip.load(options.weights or WEIGHTS, options.text_encoder, chosen_device(options.device))


def _lines(argument: str) -> list[str]:
    return sys.stdin.read().splitlines() if argument == "-" else [argument]


def _convert(options: argparse.Namespace) -> None:
    from .formats import checked_ending, read_recording, write_recording

    checked_ending(options.output)
    if min(options.fps or 1.0, options.timecode_fps or 1.0) <= 0:
        raise InputError("The frames a second must be above 0: leave --fps out to keep those of the file.")
    recording = read_recording(options.source, options.timecode_fps)
    recording = recording.resampled(options.fps) if options.fps else recording
    if asked := timecode.checked(options.timecode):
        recording = replace(recording, start=timecode.seconds(asked, recording.fps, options.source))
    write_recording(recording, options.output)


def _animate(options: argparse.Namespace) -> None:
    from .animate import Animator
    from .audio import read_clip
    from .formats import checked_ending, write_curves
    from .mix import Mix
    from .score import TimedPrompt, read_pose, read_prompts
    from .transcript import read_transcript

    checked_ending(options.output)
    excerpt = Excerpt(options.start, options.end, options.speed)
    read_clip(options.clip, excerpt)  # a wrong clip is said before the models are loaded
    start = timecode.seconds(timecode.checked(options.timecode), options.fps, options.clip, options.start)
    transcript = "" if options.no_transcript else None
    if options.transcript is not None:
        transcript = read_transcript(options.transcript) or ""
    pose = read_pose(options.pose) if options.pose else ()
    one = (TimedPrompt(0.0, options.prompt, options.intensity, pose, options.mix),)
    prompts = read_prompts(options.prompts) if options.prompts else one
    animator = Animator.load(options.weights, options.text_encoder, options.device)
    result = animator.animate(
        options.clip,
        fps=options.fps,
        seed=options.seed,
        transcript=transcript,
        language=options.language,
        transcriber=options.transcribe,
        guess_words=not options.no_guess,
        prompts=prompts,
        mix=Mix(blinks=options.blinks, gaze=options.gaze, accents=options.brows, head=options.head),
        excerpt=excerpt,
    )
    write_curves(result.curves, options.output, start)
    for warning in result.warnings:
        print(f"expclip: {warning}", file=sys.stderr)


def _batch(options: argparse.Namespace) -> int:
    from .batch import Settings, batch
    from .lines import read_lines

    table = read_lines(options.lines)
    for warning in table.warnings:
        print(f"expclip: {warning}", file=sys.stderr)
    folders = (folder and folder.absolute() for folder in (options.weights, options.text_encoder))
    settings = Settings(
        options.output.absolute(),
        f".{options.format}",
        options.fps,
        *folders,
        options.device,
        guess_words=not options.no_guess,
    )
    summary = batch(table, settings, options.jobs, options.dask)
    print(summary.table())
    return summary.status
