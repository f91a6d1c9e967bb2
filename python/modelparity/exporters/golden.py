"""Golden cases: what the reference answers where the model is exported, and who answers at all."""

import os
from collections.abc import Iterable, Mapping, Sequence

from modelparity.cases import case_of, make_cases
from modelparity.contract import case_pb2, manifest_pb2
from modelparity.errors import ModelParityError, UnsupportedError
from modelparity.exporters.origin import Origin
from modelparity.given_cases import read_cases
from modelparity.harness.player import Player, UnsteadyError

Refused = list[manifest_pb2.RefusedCase]


def collect(
    origin: Origin,
    file: str | os.PathLike | None,
    seed: int,
    without: Sequence[str] = (),
) -> tuple[list[case_pb2.Case], Refused]:
    """Returns the cases to record: the source's own, those of the user's files, and seeded ones.

    A name that was given before is not made from the seed. A signature with a dtype that the
    protocol has no word for is refused as a whole.

    Args:
        origin: The model.
        file: As modelparity.given_cases says; None: there is none.
        seed: Of the inputs that are made up.
        without: Patterns of those to leave out, see make_cases.

    Raises:
        ModelParityError: The user's file does not fit the model; as modelparity.given_cases says.
    """
    exported = {signature.name for signature in origin.signatures}
    cases = [case for case in origin.given_cases if case.signature in exported]
    if file is not None:
        for given in read_cases(file, origin.signatures):
            cases.append(case_of(given.signature, given.name, given.arrays))
    names = {(case.signature, case.name) for case in cases}
    refused = []
    for signature in origin.signatures:
        try:
            made = make_cases(signature, seed, origin.examples[signature.name], without)
        except UnsupportedError as error:
            refused.append(_refused(signature.name, "any", error))
            continue
        for name, arrays in made:
            if (signature.name, name) not in names:
                cases.append(case_of(signature.name, name, arrays, seed=seed))
    return cases, refused


def record(
    player: Player,
    model_name: str,
    cases: Iterable[case_pb2.Case],
    state: Mapping[str, Sequence[str]],
) -> tuple[list[case_pb2.Case], Refused]:
    """Returns the cases with their answers, and those that the reference refused.

    A case that the reference answers differently when it is asked again counts as refused, at once or
    after all the others: an answer that depends on the calls before it is none to hold others against.

    Args:
        player: The reference, with the model loaded.
        model_name: As the requests name it.
        cases: Without answers.
        state: By signature, the operators that may keep state.
    """
    recorded, refused = [], []
    for case in cases:
        case.request.model_name = model_name
        try:
            case.expected.CopyFrom(player.answer(case.request))
        except ModelParityError as error:
            refused.append(_refused(case.signature, case.name, _explained(error, case, state)))
        else:
            case.reference = player.runtime.name
            case.reference_version = player.version
            recorded.append(case)
    if any(state.values()):
        recorded, late = _ask_again(player, recorded, state)
        refused += late
    return recorded, refused


def _ask_again(player: Player, cases, state) -> tuple[list[case_pb2.Case], Refused]:
    steady, refused = [], []
    for case in cases:
        try:
            player.ask_again(case.request, case.expected)
        except ModelParityError as error:
            refused.append(_refused(case.signature, case.name, _explained(error, case, state)))
        else:
            steady.append(case)
    return steady, refused


def _explained(error: ModelParityError, case: case_pb2.Case, state) -> ModelParityError:
    """Adds to an answer that changes what in the model may change it."""
    # What a signature reads, another may have written.
    own = state.get(case.signature) or sorted({op for ops in state.values() for op in ops})
    if not isinstance(error, UnsteadyError) or not own:
        return error
    return UnsteadyError(
        f"{error}; of operators that keep state from call to call or draw random numbers, the model has"
        f" {', '.join(own)}; export signatures without them"
    )


def check(player: Player, artifact: manifest_pb2.Artifact, cases: Sequence[case_pb2.Case]) -> None:
    """Runs each signature of the loaded artifact until one of its cases gets an answer.

    Whether the answer is right is not asked here. What a runtime refuses is no fault of the artifact,
    either, since another may take it: it says nothing, and the next case is run.

    Raises:
        ModelParityError: No case of some signature gets an answer; the error of the first that fails.
    """
    for binding in artifact.bindings:
        failures = []
        for case in cases:
            if case.signature != binding.signature:
                continue
            try:
                player.run(case.request)
            except UnsupportedError:
                continue
            except ModelParityError as error:
                failures.append(error)
            else:
                break
        else:
            if failures:
                raise failures[0]


def _refused(signature: str, name: str, error: ModelParityError) -> manifest_pb2.RefusedCase:
    return manifest_pb2.RefusedCase(signature=signature, name=name, message=str(error))
