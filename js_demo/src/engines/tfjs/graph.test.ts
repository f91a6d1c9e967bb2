import { graphOf, node } from "../../testing/graphs.ts";
import { test } from "../../testing/test.ts";
import { initializersOf, reachablePart } from "./graph.ts";

test("what NoOps group is found, also where they wait for each other", (assert) => {
  const graph = graphOf([
    node("a", "NoOp", ["^b", "^table"]),
    node("b", "NoOp", ["^a", "^other"]),
    node("table", "InitializeTableV2"),
    node("other", "InitializeTableV2"),
  ]);
  assert.deepEqual(initializersOf(graph, ["a"]), ["other", "table"]);
});

test("many ways through NoOps are gone once", (assert) => {
  const steps = Array.from({ length: 60 }, (_, step) =>
    node(`n${step + 1}`, "NoOp", [`^n${step}`, `^n${step}`]),
  );
  const graph = graphOf([
    node("n0", "NoOp"),
    ...steps,
    node("c", "Const", ["^n60"]),
    node("m", "Merge", ["c", "c"]),
  ]);
  const part = reachablePart(graph, ["m"], new Set(), "graph.pb");
  assert.deepEqual(
    part.node.map(({ name }) => name),
    ["c", "m"],
  );
});
