"""The models of a stack that still train, and how they do."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ..device import choose_precision
from ..dropout import scoring_seed
from ..loop import EVALUATION_BATCH, Fit, loss_weight, part_scores
from ..losses import penalised_parameters, penalty
from ..plateau import Plateau
from ..resuming import Checkpoint
from ..selection import stopping_rule
from .bank import Bank
from .draws import Draws, columns
from .graphs import Graphs
from .member import Member
from .memory import Groups, bytes_per_model, models_that_fit
from .program import Program
from .snapshot import UnderWay, go_on, in_order, snapshot
from .state import State
from .steps import epoch_steps


class Stack:
    """The models that still train, those with most batches first: at every step the models with a
    batch of the same size are neighbours."""

    def __init__(self, members: Sequence[Member], group: int | None, checkpoint: Checkpoint):
        self.checkpoint, saved = checkpoint, checkpoint.read()
        order = sorted(range(len(members)), key=lambda i: -members[i].images_per_epoch)
        if saved is not None:
            order = in_order([member.name for member in members], saved)
        self.positions, self.members = order, [members[i] for i in order]
        first = self.members[0]
        self.config, self.device = first.config, first.batches.device
        guided = getattr(first.model, "takes_guidance", False)
        precision = choose_precision(self.config.precision, self.device)
        self.bank = Bank.of(self.members, guided)
        self.program = Program(
            first.model, self.bank.rows, guided, self.config, dtype=first.batches.dtype, precision=precision
        )
        self.penalised = penalised_parameters(first.model, self.config)
        self.state = State.of([m.model for m in self.members], self.program.layout, self.device, first.batches.dtype)
        self.best = self.state.map(torch.clone)
        self.weight = None
        if self.config.class_weighted:
            self.weight = torch.stack([loss_weight(m.batches, m.train) for m in self.members])
        self.draws = Draws(self.members, self.device)
        self.stopping = [stopping_rule(m.config.keep, m.config.patience) for m in self.members]
        self.plateaus = [Plateau(self.config) for _ in self.members]
        self.histories: list[list[dict]] = [[] for _ in self.members]
        self.epoch = 0
        self.under_way: UnderWay | None = None
        self.graphs = Graphs(self.program.step, self.device)
        if group is None:
            each = bytes_per_model(first.model, self.program.example, self.config.batch_size, precision)
            group = models_that_fit(each, self.device, len(self.members))
        self.groups = Groups(group, self.graphs.forget)
        if saved is not None:
            go_on(self, saved)

    def train_epoch(self) -> list[tuple[int, dict]]:
        self.epoch += 1
        if self.under_way is None:
            self._begin_epoch()
        now = self.under_way
        self._steps(now)
        parts = {name: self._logits([getattr(m, name) for m in self.members]) for name in ("select", "watch")}
        loss_sum, correct = self.state.loss_sum.tolist(), self.state.correct.tolist()
        rows = []
        for i, member in enumerate(self.members):
            seen = member.images_per_epoch
            row = {"epoch": self.epoch, "train_loss": loss_sum[i] / seen, "train_accuracy": correct[i] / seen}
            row |= self.plateaus[i].row() | penalty(
                self.program.layout.unpack(self.state.parameters[i]), self.penalised, self.config
            )
            for name, logits in parts.items():
                part = getattr(member, name)
                if part is not None:
                    labels = member.batches.labels[torch.as_tensor(part, device=self.device)]
                    weight = None if self.weight is None else self.weight[i]
                    row |= part_scores(name, logits[i][: len(part)], labels, weight, self.config.monitor)
            rows.append(row)
        share = now.seconds / len(rows)
        improved = []
        for i, (member, row) in enumerate(zip(self.members, rows, strict=True)):
            row["seconds"] = share
            self.histories[i].append(row)
            score = row["train_accuracy"] if member.select is None else row[f"select_{self.config.monitor}"]
            self.plateaus[i].step(score)
            if self.stopping[i].improved(self.epoch, score):
                improved.append(i)
        factors = [plateau.factor for plateau in self.plateaus]
        self.state.factor.copy_(torch.tensor(factors, dtype=self.state.factor.dtype))
        for i in improved:
            self.best.rows(slice(i, i + 1)).copy_(self.state.rows(slice(i, i + 1)))
        self.under_way = None
        # Who goes on without a model that has stopped must not go back to an epoch that had it: on a CPU, where results
        # are the same to the last bit, a checkpoint is never older than a model that is complete on disk.
        self._keep_state(always=self.device.type == "cpu" and len(self._done()) > 0)
        return list(zip(self.positions, rows, strict=True))

    def let_go(self) -> list[tuple[int, Fit]]:
        """Give the models that have stopped their best weights, and go on without them."""
        done, finished = self._done(), []
        for i in done:
            member, best_epoch = self.members[i], self.stopping[i].best_epoch
            member.model.to(self.device, member.batches.dtype, memory_format=torch.channels_last)
            self.best.give(i, self.program.layout, member.model)
            early = self.epoch < member.config.epochs
            seed = scoring_seed(member.seed, best_epoch) if self.config.dropout_eval else None
            finished.append((self.positions[i], Fit(self.histories[i], best_epoch, early, seed)))
        if done:
            self._keep([i for i in range(len(self.members)) if i not in set(done)])
        return finished

    def _done(self) -> list[int]:
        """Which models have stopped."""
        return [
            i
            for i, (member, stopping) in enumerate(zip(self.members, self.stopping, strict=True))
            if self.epoch == member.config.epochs or stopping.should_stop(self.epoch)
        ]

    def _keep_state(self, always: bool = False) -> None:
        """Write a checkpoint if it is time for one."""
        if always or self.checkpoint.due():
            self.checkpoint.save(snapshot(self), [member.name for member in self.members])

    def _keep(self, kept: list[int]) -> None:
        for name in ("positions", "members", "stopping", "plateaus", "histories"):
            setattr(self, name, [getattr(self, name)[i] for i in kept])
        self.draws.keep(kept)
        self.graphs.forget()  # they write to the state that is replaced here
        self.state, self.best = self.state.keep(kept), self.best.keep(kept)
        index = torch.as_tensor(kept, dtype=torch.int64, device=self.device)
        self.bank = self.bank.keep(index)
        self.weight = None if self.weight is None else self.weight[index]

    def _begin_epoch(self) -> None:
        self.state.loss_sum.zero_()
        self.state.correct.zero_()
        self.under_way = UnderWay(*self.draws.epoch(), [0] * len(self.members))

    def _steps(self, now: UnderWay) -> None:
        """All batches of an epoch that are left."""
        theta = now.theta
        for models, images in epoch_steps([member.step_sizes for member in self.members], self.config.batch_size):
            if images.stop <= now.images[models.start]:
                continue
            self._step(models, now.positions[images, models], None if theta is None else theta[images, models])
            now.images[models] = [images.stop] * (models.stop - models.start)
            self._keep_state()

    def _step(self, models: slice, positions: Tensor, theta: Tensor | None) -> None:
        """One batch, `positions` (B, m) and `theta` (B, m, 2, 3), of neighbouring models."""
        batch = len(positions)
        index, labels = self.bank.find(positions, models)
        drops = self.draws.dropout[models]
        masks = self.program.masks.draw(drops, [batch] * len(drops), self.state.parameters.dtype)

        def work(part: slice) -> None:
            here = slice(part.start - models.start, part.stop - models.start)
            given = (
                index[:, :, here].contiguous(),
                labels[:, here].contiguous(),
                None if self.weight is None else self.weight[part],
                {name: mask[here] for name, mask in masks.items()},
                None if theta is None else theta[:, here].contiguous(),
            )
            # only steps that come again are worth recording
            step = self.graphs if batch == self.config.batch_size else _without_part(self.program.step)
            step(part, self.state.rows(part), *given)

        self.groups.each(models, work)

    def _logits(self, parts: list) -> Tensor | None:
        """(M, longest part, K) of the samples at ``parts[m]``; rows past a part's end mean nothing."""
        if all(part is None for part in parts):
            return None
        positions = columns([torch.as_tensor([0] if part is None else part) for part in parts]).to(self.device)
        masks = [None if part is None else len(part) for part in parts]
        drops = self.draws.scoring(self.epoch) if self.config.dropout_eval else []
        found = []
        for start in range(0, len(positions), EVALUATION_BATCH):
            chosen = positions[start : start + EVALUATION_BATCH]
            index, _ = self.bank.find(chosen, slice(0, len(parts)))
            rows = [max(0, min(len(chosen), (n or 0) - start)) for n in masks]
            given = self.program.masks.draw(drops, rows, self.state.parameters.dtype) if drops else {}

            def work(part: slice, index=index, given=given) -> Tensor:
                of_part = {name: mask[part] for name, mask in given.items()}
                return self.program.logits(self.state.rows(part), index[:, :, part].contiguous(), of_part)

            found.append(torch.cat(self.groups.each(slice(0, len(parts)), work)))
        return torch.cat(found, 1)


def _without_part(step):
    return lambda part, state, *inputs: step(state, *inputs)
