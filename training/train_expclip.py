# SPDX-License-Identifier: GPL-3.0-or-later
"""python -m training.train_expclip: aligns prompts and expressions, and learns the way back to a pose.

    loss = contrast × align + reconstruct + 2 cross + 3 sides + 3 order + 0.3 cycle + 0.3 affect + 0.3 smooth

align        symmetric contrastive; expressions that are alike share the target in proportion, so that prompts of one
             expression are no negatives of each other
reconstruct  decoder(expression tower(pose)) against the pose, also for poses no text describes
cross        decoder(text tower(prompt)) against the pose
sides        by how much left and right differ, again against the pose; few rows say a side, and it must be the right one
order        "slightly x" moves the face less than "x", and "x" less than "extremely x"
cycle        the expression tower recognises the pose that was decoded from text
smooth       half-way embeddings of two prompts decode to half-way poses
Pose errors are weighted by how far a shape moves the face (arkit.DISPLACEMENT_MM).
"""

from __future__ import annotations

import argparse
import copy
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from expclip_core import arkit
from expclip_core.expression import FILE_NAME, Sizes, Towers
from expclip_core.text import SentenceEncoder, WordStates
from training import evaluate_expclip
from training.tead import corpus as tead
from training.tead import prompts

_SOURCE_WEIGHT = {
    "comment": 0.6, "situation": 1.5, "event": 1.5, "instruction": 1.3, "movement pair": 1.3, "opposite sides": 2.0, "forbidden": 1.5,
}  # fmt: skip
# Share of a source's rows that an epoch draws afresh: comments are long and loosely labelled, a word's wordings alike.
_EPOCH_SHARE = {"comment": 0.25, "word": 0.5, "degree": 0.4, "negation": 0.7, "said again": 0.3, "comparison": 0.7}
_WORD_DROP, _WORD_NOISE = 0.06, 0.15
_AVERAGE = 0.998
_LADDERS = 16  # of a batch: the same thing weak, plain and strong
_OWN_RATE = 0.06  # learning rate of the encoder's own layers, which know much already, relative to the rest
# The square root keeps lids and brows, which move little and are seen first, from drowning beside the jaw.
SHAPE_WEIGHT = np.sqrt(arkit.DISPLACEMENT_MM / arkit.DISPLACEMENT_MM.mean())


def main() -> None:
    arguments = _arguments()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    data = tead.read(arguments.corpus)
    encoder = SentenceEncoder.load(arguments.text_encoder)
    sizes = Sizes(
        text_width=encoder.model.config.hidden_size, width=arguments.width, layers=arguments.layers,
        queries=arguments.queries,
        beside=arguments.beside, own_layers=arguments.own_layers, own_heads=encoder.model.config.num_attention_heads,
        own_hidden=encoder.model.config.intermediate_size,
    )  # fmt: skip
    towers = Towers(sizes)
    if arguments.together:
        towers = Towers.read(arguments.start)[0]
    elif arguments.start:
        _start_from(Towers.read(arguments.start)[0], towers)
    elif arguments.own_layers:
        towers.own_last_layers(encoder.model)
    encoder = SentenceEncoder.load(arguments.text_encoder, without_last=towers.sizes.own_layers)
    store = tead.WordStore(arguments.corpus.parent, encoder, towers.sizes.own_layers)
    rows = np.arange(len(data)) if arguments.everything else np.flatnonzero(data.splits == "train")
    if arguments.rows:
        practised = np.isin(data.sources[rows], arguments.practise)
        drawn = np.random.default_rng(0).permutation(rows[~practised])[: arguments.rows]
        rows = np.sort(np.concatenate([rows[practised], drawn]))
    print(f"{len(rows)} of {len(data)} quadruples, seed {arguments.seed}", flush=True)
    development = np.flatnonzero([split.endswith("-development") for split in data.splits])
    store.add([data.texts[row] for row in np.union1d(rows, development)])
    states = store.open()
    arguments.output.mkdir(parents=True, exist_ok=True)
    trained_on = f"TEAD, {len(rows)} quadruples, seed {arguments.seed}, {arguments.epochs} epochs"
    for average in train(towers, data, rows, store, states, arguments):
        unfinished = arguments.output / f"{FILE_NAME}.new"
        average.save(unfinished, encoder.sha256, trained_on=trained_on)
        unfinished.replace(arguments.output / FILE_NAME)
    print(f"saved {arguments.output / FILE_NAME}")


@torch.no_grad()
def _start_from(shipped: Towers, towers: Towers) -> None:
    """Take over every weight that has its place and its shape in the towers; what is new there stays as it is."""
    own = towers.state_dict()
    fitting = {
        name: value for name, value in shipped.state_dict().items() if name in own and own[name].shape == value.shape
    }
    towers.load_state_dict(own | fitting)


def train(towers, data, rows, store, states, arguments) -> Iterator[Towers]:
    """Runs the epochs; yields the moving average of the weights each time it is the best on the development rows.

    With --everything the development rows are trained on and can judge nothing, and --practise is wanted even where the other
    rows suffer until the next run, so there every epoch's is yielded.
    """
    random = np.random.default_rng(arguments.seed)
    if arguments.keep_space:
        towers.expression.requires_grad_(False)
        towers.decoder.requires_grad_(False)
    learning = [
        (".own." in name, parameter) for name, parameter in towers.named_parameters() if parameter.requires_grad
    ]
    rest, own = ([parameter for is_own, parameter in learning if is_own is wanted] for wanted in (False, True))
    groups, rates = [{"params": rest}, {"params": own}], [arguments.rate, _OWN_RATE * arguments.rate]
    optimiser = torch.optim.AdamW(groups, lr=arguments.rate, weight_decay=0.02, betas=(0.9, 0.98))
    ladders = _ladders(data, rows)
    size = arguments.batch - 3 * _LADDERS
    steps = arguments.epochs * (len(_of_epoch(rows, data.sources, random)) // size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rates, total_steps=steps + 1, pct_start=0.06)
    average, best_score, step = copy.deepcopy(towers).eval(), -1.0, 0
    lengths = np.zeros(len(data))
    lengths[rows] = [store.index[data.texts[row]][1] for row in rows]
    row_weight = np.array([_SOURCE_WEIGHT.get(source, 1.0) for source in data.sources], dtype=np.float32)
    for epoch in range(arguments.epochs):
        started, losses = time.monotonic(), []
        towers.train()
        for batch in _batches(_of_epoch(rows, data.sources, random), lengths, size, random):
            rungs = random.permutation(ladders)[:_LADDERS].ravel()
            batch = np.concatenate([batch, rungs])
            words = _disturbed(store.batch(states, [data.texts[row] for row in batch]))
            pose = torch.from_numpy(data.poses[batch])
            affect = torch.from_numpy(data.affects[batch])
            with torch.autocast("cpu", torch.bfloat16):
                weight = torch.from_numpy(row_weight[batch])
                loss = _loss(towers, words, pose, affect, weight, len(rungs), arguments.contrast)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(towers.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            step += 1
            _follow(average, towers, min(_AVERAGE, step / (step + 10)))
            losses.append(loss.item())
        scores = evaluate_expclip.development_scores(average, data, store, states)
        score = float(np.mean(list(scores.values())))
        parts = ", ".join(f"{name} {value:.3f}" for name, value in scores.items())
        seconds = time.monotonic() - started
        print(
            f"epoch {epoch + 1} loss {np.mean(losses):.4f} development {score:.4f} ({parts}) {seconds:.0f} s",
            flush=True,
        )
        if score > best_score or arguments.everything or arguments.practise:
            best_score = score
            yield average


def _loss(
    towers: Towers,
    words: WordStates,
    pose: torch.Tensor,
    affect: torch.Tensor,
    weight: torch.Tensor,
    rungs: int,
    contrast: float,
) -> torch.Tensor:
    """One batch's loss; its last `rungs` rows are ladders of three. weight: (N,), of a row's text."""
    told = towers.text(words)
    seen = towers.expression(pose)
    said_pose, said_affect = towers.decoder(told)
    other_pose = _other_poses(pose)
    again, again_affect = towers.decoder(seen)
    other_again, _ = towers.decoder(towers.expression(other_pose))
    shuffled = torch.randperm(len(pose))
    share = torch.rand(len(pose), 1)
    between = functional.normalize(share * told + (1 - share) * told[shuffled], dim=-1)
    between_pose, _ = towers.decoder(between)
    goal = share * pose + (1 - share) * pose[shuffled]
    return (
        contrast * _align(told, seen, pose, towers.log_scale)
        + _pose_error(again, pose).mean()
        + _pose_error(other_again, other_pose).mean()
        + 2.0 * (weight * _pose_error(said_pose, pose)).mean()
        + 3.0 * (_one_sided(said_pose) - _one_sided(pose)).square().sum(-1).mean()
        + 3.0 * _out_of_order(said_pose[len(pose) - rungs :], pose[len(pose) - rungs :])
        + 0.3 * (1 - functional.cosine_similarity(towers.expression(said_pose), told)).mean()
        + 0.3 * (weight * ((said_affect - affect) ** 2).sum(-1)).mean()
        + 0.1 * ((again_affect - affect) ** 2).sum(-1).mean()
        + 0.3 * (1 - functional.cosine_similarity(told, seen)).mean()
        + 0.3 * (weight * _pose_error(between_pose, goal)).mean()
    )


def _pose_error(guess: torch.Tensor, pose: torch.Tensor) -> torch.Tensor:
    """(N,): relative entropy, weighted by shape, plus a little absolute error, which keeps poses crisp.

    Relative entropy and not distance, because a sigmoid near 0 has no slope: with a distance rare shapes (a tongue, a
    glance, one side alone) are never learnt.
    """
    weight = torch.from_numpy(SHAPE_WEIGHT)
    guess = guess.float().clamp(1e-5, 1 - 1e-3)
    true = pose.clamp(1e-5, 1 - 1e-3)
    entropy = true * (true / guess).log() + (1 - true) * ((1 - true) / (1 - guess)).log()
    return (weight * (entropy + 0.3 * (guess - true).abs())).sum(-1)


def _one_sided(pose: torch.Tensor) -> torch.Tensor:
    """What a pose has on one side and not on the other, -1..1; 0 for shapes without sides."""
    return pose.float() - pose.float()[:, torch.from_numpy(arkit.MIRROR)]


def _out_of_order(said: torch.Tensor, pose: torch.Tensor) -> torch.Tensor:
    """How much of the growth from one rung to the next is missing, centimetres; poses (3 × ladders, 52), rungs in order."""
    sizes = [
        torch.linalg.vector_norm(p.float() * torch.from_numpy(arkit.DISPLACEMENT_MM / 10), dim=-1) for p in (said, pose)
    ]
    growth, wanted = (size.view(-1, 3).diff(dim=1) for size in sizes)
    return functional.relu(0.8 * wanted.clamp(min=0) - growth).sum() / max(1, growth.numel())


def _align(told: torch.Tensor, seen: torch.Tensor, pose: torch.Tensor, log_scale: torch.Tensor) -> torch.Tensor:
    """Cross entropy both ways against targets spread over expressions that are alike."""
    weighted = pose * torch.from_numpy(SHAPE_WEIGHT)
    target = torch.softmax(-(torch.cdist(weighted, weighted) ** 2) / 0.05, dim=-1)
    logits = told @ seen.T * log_scale.exp().clamp(max=50)
    return 0.5 * (functional.cross_entropy(logits, target) + functional.cross_entropy(logits.T, target))


def _other_poses(pose: torch.Tensor) -> torch.Tensor:
    """Poses no row has: upper and lower faces exchanged, strengths changed, single shapes set."""
    other = pose.clone()
    exchanged = pose[torch.randperm(len(pose))]
    mouth = torch.tensor([arkit.REGION_OF[name] in ("mouth", "jaw", "tongue") for name in arkit.NAMES])
    other[:, mouth] = exchanged[:, mouth]
    other = other * (0.3 + torch.rand(len(pose), 1))
    single = (torch.rand_like(pose) < 0.03) * torch.rand_like(pose)
    return torch.maximum(other, single).clamp(0, 1)


def _disturbed(words: WordStates) -> WordStates:
    """Some word pieces left out, all a little blurred; the first and the last always stay."""
    keep = words.mask & (torch.rand(words.mask.shape) >= _WORD_DROP)
    keep[:, 0] = True
    noise = _WORD_NOISE * words.states.std() * torch.randn_like(words.states)
    return WordStates((words.states + noise) * keep.unsqueeze(-1), keep)


def _ladders(data: tead.Corpus, rows: np.ndarray) -> np.ndarray:
    """Rows of things said weakly, plainly and strongly, int (ladders, 3), of those that are trained on."""
    row_of = {data.texts[row]: row for row in rows}
    found = [[row_of.get(rung.text, -1) for rung in rungs] for rungs in prompts.ladders()]
    return np.array([rungs for rungs in found if min(rungs) >= 0], dtype=int).reshape(-1, 3)


def _of_epoch(rows: np.ndarray, sources: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """The rows one epoch sees: of every source its share."""
    parts = [rows[sources[rows] == source] for source in np.unique(sources[rows])]
    shares = [_EPOCH_SHARE.get(sources[part[0]], 1.0) for part in parts]
    return np.concatenate(
        [random.permutation(part)[: round(share * len(part))] for part, share in zip(parts, shares, strict=True)]
    )


def _batches(rows: np.ndarray, lengths: np.ndarray, size: int, random: np.random.Generator):
    """Batches of texts of like length, in random order, all full."""
    jittered = lengths[rows] + random.uniform(0, 3, len(rows))
    ordered = rows[np.argsort(jittered)]
    starts = np.arange(0, len(rows) - size + 1, size) + random.integers(0, len(rows) % size + 1)
    for start in random.permutation(starts):
        yield ordered[start : start + size]


@torch.no_grad()
def _follow(average: Towers, towers: Towers, keep: float) -> None:
    for slow, fast in zip(average.parameters(), towers.parameters(), strict=True):
        slow.lerp_(fast, 1 - keep)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Train ExpCLIP on TEAD.")
    parser.add_argument("--corpus", type=Path, default=Path("corpus/tead.jsonl"))
    parser.add_argument("--output", type=Path, default=Path("runs/expclip"), help="folder of the weights")
    parser.add_argument("--text-encoder", type=Path, help="folder of another text encoder than all-MiniLM-L6-v2")
    parser.add_argument("--start", type=Path, help="weights to go on from, instead of random ones")
    parser.add_argument(
        "--together",
        action="store_true",
        help="go on with all joined text towers of --start, each making up for the others",
    )
    parser.add_argument(
        "--everything", action="store_true", help="train on the held-out rows too, for the shipped weights"
    )
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--contrast", type=float, default=3.0, help="weight of the contrastive loss")
    parser.add_argument("--width", type=int, default=192)
    parser.add_argument("--layers", type=int, default=1)
    parser.add_argument("--rows", type=int, help="train on so many rows, drawn at random, to compare settings quickly")
    parser.add_argument("--practise", nargs="+", default=[], help="sources of which all rows are taken beside --rows")
    parser.add_argument("--queries", type=int, default=4, help="0: the pooled sentence embedding alone")
    parser.add_argument(
        "--beside", type=int, default=512, help="width of the pooled embedding's own perceptron, 0 for none"
    )
    parser.add_argument(
        "--keep-space",
        action="store_true",
        help="leave expression tower and decoder of --start as they are, so that a generator trained on their styles stays valid",
    )
    parser.add_argument("--own-layers", type=int, default=0, help="last layers of the encoder to fine-tune")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
