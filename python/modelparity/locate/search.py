"""Finds the node at which a candidate's values leave the reference's.

Two questions are asked. Where, in a run of the whole graph, do the inputs of a node agree and its
output does not? That is bisected for. And does this node differ by itself, when it is given exactly
what the reference computed? If it does not, it only made more of a difference that was too small to be
seen before, and every node is asked the second question, in order.
"""

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from modelparity.locate import judging, layouts
from modelparity.locate.dataflow import Node, Segment
from modelparity.locate.fetching import ANY_DTYPE, Arrays, Fetcher
from modelparity.locate.judging import Error
from modelparity.locate.pairing import Pair, pair
from modelparity.tensors import dtype_name

_AT_ONCE = 32  # tensors fetched in one run


class _Compared(NamedTuple):
    """One tensor in a run of each whole graph."""

    wanted: np.ndarray
    """The reference's, laid out and typed as the candidate's."""
    error: Error
    feedable: bool
    """The candidate can be given the reference's values in place of its own."""


@dataclasses.dataclass(frozen=True)
class Place:
    """What was found out about one tensor of both graphs."""

    pair: Pair
    segment: Segment
    """The candidate's nodes between the tensors that the reference has as well."""
    error: Error
    """In the run of the whole graph."""
    input_errors: Mapping[str, Error]
    """Of the segment's inputs, there."""
    own_error: Error | None
    """Given the reference's values; None: it could not be run alone."""
    feeds: Arrays
    """What it was given, by the candidate's tensor."""
    wanted: np.ndarray
    """What the reference computed, laid out as the candidate does."""

    @property
    def by_itself(self) -> bool:
        return self.own_error is not None and self.own_error.differs


class Search:
    """Both graphs with their runtimes, and one request."""

    def __init__(self, reference: Fetcher, candidate: Fetcher, arrays: Mapping[str, np.ndarray]):
        """Pairs the tensors of both graphs.

        Args:
            reference: Started.
            candidate: Started.
            arrays: By the signature's input.
        """
        self._reference, self._candidate = reference, candidate
        ours, theirs = reference.model.dataflow, candidate.model.dataflow
        self._same_names = reference.model.family == candidate.model.family
        self._given = {ours.inputs[key]: array for key, array in arrays.items()}
        self._given_to_candidate = {theirs.inputs[key]: array for key, array in arrays.items()}
        # A runtime need not be able to hand out what does not depend on an input.
        self.pairs = [
            each
            for each in pair(ours, theirs)
            if each.candidate in theirs.varying or candidate.model.fetches_constants
        ]
        self._pair_of = {each.candidate: each for each in self.pairs}
        self._unlike: set[str] = set()
        """The candidate's tensors that turned out to be something else than their name says."""
        self.unseen: set[str] = set()
        """The candidate's tensors that one of the runtimes cannot hand out, or that cannot be compared."""
        self._errors: dict[str, Error] = {}
        """Of what was compared in runs of the whole graphs."""

    def run(
        self, outputs: Iterable[str], progress: Callable[[str], None] = lambda _: None
    ) -> Place | None:
        """Returns the first node that differs by itself; else where the values part; None: nowhere.

        Args:
            outputs: Tensors of the candidate that differ.
            progress: Told what is being done.
        """
        above = self._candidate.model.dataflow.ancestors(outputs)
        progress(f"comparing {sum(each.candidate in above for each in self.pairs)} tensors")
        while True:
            pairs = [
                each
                for each in self.pairs
                if each.candidate in above and each.candidate not in self._unlike
            ]
            place = self._parting(pairs)
            if place is None or not place.by_itself:
                progress("giving each node what the reference computed")
                place = self._first_by_itself(pairs) or place
            if place is None or not place.by_itself or self._matters(place):
                return place

    def _first_by_itself(self, pairs: Sequence[Pair]) -> Place | None:
        for start in range(0, len(pairs), _AT_ONCE):
            for place in self._places(pairs[start : start + _AT_ONCE]):
                if place.by_itself:
                    # As the part that will be handed out, without the others beside it.
                    return next(iter(self._places([place.pair])), None)
        return None

    def _matters(self, place: Place) -> bool:
        """Says whether what reads a tensor is wrong with it, too; if not, it is no counterpart from now on.

        A converter may give a name to something else: tf2onnx calls the square root Rsqrt, and its
        reciprocal otherwise.
        """
        tensor = place.pair.candidate
        self._unlike.add(tensor)
        readers = self._readers(tensor)
        through = self._places(readers)
        agreeing = [each for each in through if each.own_error and not each.by_itself]
        if readers and len(agreeing) == len(readers):
            return False
        self._unlike.discard(tensor)
        return True

    def _readers(self, tensor: str) -> list[Pair]:
        """Returns the nearest pairs that are computed from a tensor."""
        graph = self._candidate.model.dataflow
        between, found = {tensor}, []
        for node in graph.nodes:
            if between.isdisjoint(node.inputs):
                continue
            for output in node.outputs:
                if output in self._pair_of and output not in self._unlike:
                    found.append(self._pair_of[output])
                else:
                    between.add(output)
        return found

    @property
    def runs(self) -> int:
        """How often a part of the candidate was run, or tried."""
        return self._candidate.runs

    def given(self, tensor: str) -> Arrays:
        """Returns the inputs of the whole graph that a candidate's tensor is computed from."""
        above = self._candidate.model.dataflow.ancestors([tensor])
        return {name: array for name, array in self._given_to_candidate.items() if name in above}

    def _parting(self, pairs: Sequence[Pair]) -> Place | None:
        """Returns a node of which the inputs agree, in a run of the whole graph, and the output does not."""
        graph = self._candidate.model.dataflow
        place = None
        while (found := self._first_to_differ(pairs)) is not None:
            (place,) = self._places([found]) or (None,)
            if place is None:
                return None
            differing = [tensor for tensor, error in place.input_errors.items() if error.differs]
            if not differing:
                return place
            # Another branch than the one that was bisected.
            above = graph.ancestors(differing)
            pairs = [each for each in pairs if each.candidate in above]
        return place

    def _first_to_differ(self, pairs: Sequence[Pair]) -> Pair | None:
        """Bisects, in as many parts as are fetched at once: what is before a difference agrees."""
        low, high, found = 0, len(pairs), None
        while low < high:
            steps = min(_AT_ONCE, high - low)
            places = [low + (high - low) * step // steps - 1 for step in range(1, steps + 1)]
            tensors = {place: pairs[place].candidate for place in places}
            self._compare(
                self._pair_of[name] for name in tensors.values() if name not in self._errors
            )
            differing = [
                place
                for place, name in tensors.items()
                if name in self._errors and self._errors[name].differs
            ]
            if not differing:
                break
            found = high = differing[0]
            low = max([place + 1 for place in places if place < found], default=low)
        return None if found is None else pairs[found]

    def _compare(self, pairs: Iterable[Pair]) -> dict[str, _Compared]:
        """Runs both whole graphs, and compares what both give, by the candidate's tensor."""
        asked = [each for each in pairs if each.candidate not in self.unseen]
        ours = self._reference.fetch(self._given, {each.reference: ANY_DTYPE for each in asked})
        pairs = [each for each in asked if each.reference in ours]
        dtypes = {each.candidate: dtype_name(ours[each.reference].dtype) for each in pairs}
        theirs = self._candidate.fetch(self._given_to_candidate, dtypes)
        compared = {
            each.candidate: self._compared(ours[each.reference], theirs[each.candidate])
            for each in pairs
            if each.candidate in theirs
        }
        compared = {tensor: each for tensor, each in compared.items() if each is not None}
        self._errors |= {tensor: each.error for tensor, each in compared.items()}
        self.unseen.update({each.candidate for each in asked} - compared.keys())
        return compared

    def _compared(self, reference: np.ndarray, candidate: np.ndarray) -> _Compared | None:
        """Compares two arrays; None: they cannot be the same tensor."""
        if not judging.same_kind(reference, candidate):
            return None
        if self._same_names:
            layout = layouts.same(reference)
        else:
            layout = layouts.find(reference, candidate) or layouts.nearest(reference, candidate)
        if layout is None:
            return None
        wanted = layout.apply(reference)
        fits = wanted.shape == candidate.shape
        error = judging.judge(wanted, candidate)
        return _Compared(wanted.astype(candidate.dtype), error, fits or self._same_names)

    def _places(self, pairs: Sequence[Pair]) -> list[Place]:
        """Gives nodes the reference's values, side by side in one run; leaves out what has none."""
        compared, segments = self._segments(pairs)
        feeds = {tensor: each.wanted for tensor, each in compared.items() if each.feedable}
        feeds |= self._given_to_candidate
        read = {tensor for segment in segments for tensor in segment.inputs}
        feeds = {tensor: array for tensor, array in feeds.items() if tensor in read}
        own = self._own_errors([segment.tensor for segment in segments], compared, feeds)
        return [
            Place(
                self._pair_of[segment.tensor],
                segment,
                compared[segment.tensor].error,
                {name: compared[name].error for name in segment.inputs if name in compared},
                own.get(segment.tensor),
                {name: feeds[name] for name in segment.inputs if name in feeds},
                compared[segment.tensor].wanted,
            )
            for segment in segments
        ]

    def _segments(self, pairs: Sequence[Pair]) -> tuple[dict[str, _Compared], list[Segment]]:
        """Returns what computes each tensor, from tensors that the reference gave.

        Where it gave none, or something else than the candidate wants, the segment reaches further up.
        """
        graph = self._candidate.model.dataflow
        ends = {*self._pair_of, *self._given_to_candidate} - self._unlike
        compared = self._compare(pairs)
        while True:
            segments = [
                graph.segment(each.candidate, ends) for each in pairs if each.candidate in compared
            ]
            inputs = {name for segment in segments for name in segment.inputs}
            missing = [name for name in inputs if name in self._pair_of and name not in compared]
            more = self._compare([self._pair_of[name] for name in missing])
            compared |= more
            useless = [name for name in missing if name not in more or not more[name].feedable]
            useless += [name for name in inputs if name in compared and not compared[name].feedable]
            if not missing and not useless:
                return compared, segments
            ends.difference_update(useless)

    def _own_errors(
        self, tensors: Sequence[str], compared: Mapping[str, _Compared], feeds: Arrays
    ) -> dict[str, Error]:
        dtypes = {tensor: dtype_name(compared[tensor].wanted.dtype) for tensor in tensors}
        own = self._candidate.fetch(feeds, dtypes)
        errors = {
            tensor: judging.judge(compared[tensor].wanted, array) for tensor, array in own.items()
        }
        suspects = {tensor: dtypes[tensor] for tensor, error in errors.items() if error.differs}
        if not suspects:
            return errors
        moved = self._candidate.fetch(
            {tensor: judging.perturbed(array) for tensor, array in feeds.items()}, suspects
        )
        for tensor, array in moved.items():
            noise = judging.distance(own[tensor], array)
            errors[tensor] = judging.judge(compared[tensor].wanted, own[tensor], noise)
        return errors

    def constants(self, place: Place) -> dict[str, Error]:
        """Compares the constants of a place with the reference's of the same names."""
        ours = self._reference.model.dataflow
        names = {
            name: ours.names[name]
            for name in place.segment.constants
            if name in ours.names and ours.names[name] not in ours.varying
        }
        wanted = self._reference.constants(names.values())
        got = self._candidate.constants(names)
        compared = {
            name: self._compared(wanted[names[name]], got[name])
            for name in names
            if names[name] in wanted and name in got
        }
        return {name: each.error for name, each in compared.items() if each is not None}

    def node(self, place: Place) -> Node:
        """Returns the node to name: the one that gives the tensor, or reads what the reference has nowhere.

        A converter may make many nodes of one (of an Einsum, forty), and a weight that was changed is read
        by one of them.
        """
        nodes = place.segment.nodes
        if len(nodes) > 1 and place.by_itself:
            unknown = self._unknown_constants(place)
            readers = [node for node in nodes if unknown.intersection(node.inputs)]
            if len(readers) == 1:
                return readers[0]
        return nodes[-1]

    def _unknown_constants(self, place: Place) -> set[str]:
        """Returns the floats in the candidate's file that are no constant of the reference, in any layout."""
        ours = self._reference.model.dataflow
        inputs = (self._pair_of.get(name) for name in place.segment.inputs)
        segment = ours.segment(place.pair.reference, {each.reference for each in inputs if each})
        computed = {name for node in segment.nodes for name in node.outputs} - ours.varying
        wanted = self._reference.constants([*segment.constants, *computed]).values()
        got = self._candidate.constants(place.segment.constants)
        return {
            name
            for name, array in got.items()
            if judging.is_float(array)
            and not any(_is_the_same(reference, array) for reference in wanted)
        }


def _is_the_same(reference: np.ndarray, array: np.ndarray) -> bool:
    """Says whether a constant is another's with its axes in an order that is known, and then in any shape."""
    if not judging.is_float(reference) or reference.size != array.size:
        return False
    laid_out = (each.ravel() for each in layouts.every(reference))
    return any(not judging.judge(each, array.ravel()).differs for each in laid_out)
