from modelparity.faults.use import Step, used


def test_what_is_asked_for_its_shape_only_does_not_matter():
    steps = [
        Step("MatMul", ["x", "w"], ["product"]),
        Step("ZerosLike", ["product"], ["zeros"]),
        Step("Neg", ["x"], ["negative"]),
        Step("Split", ["negative"], ["left", "right"]),
        Step("Add", ["zeros", "right"], ["y"]),
        Step("Exp", ["x"], ["nobody"]),
    ]
    assert used(steps, ["y"]) == [1, 2, 3, 4]
    assert used(steps, ["y", "product"]) == [0, 1, 2, 3, 4]
