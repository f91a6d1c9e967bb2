import type { Dtype } from "../dtypes.ts";
import { type Engine, LoadedArtifact } from "../engine.ts";
import { ArtifactInvalidError, RunFailedError, UnsupportedError } from "../errors.ts";
import { NODE_ENGINES } from "../node.ts";
import { type Tensor, tensor } from "../tensors.ts";
import { signatureOf } from "../testing/graphs.ts";
import { ONNX_TYPES, onnxModel } from "../testing/onnx.ts";
import { test } from "../testing/test.ts";

const ENGINE = (await NODE_ENGINES[0]?.make()) as Engine;

function loadModel(bytes: Uint8Array<ArrayBuffer>, dtype: Dtype, [input, output] = ["x", "y"]) {
  const { artifact, signature } = signatureOf(
    { [input as string]: dtype },
    { [output as string]: dtype },
    "onnx",
  );
  return LoadedArtifact.load(ENGINE, bytes, artifact, [signature]);
}

async function identity(x: Tensor): Promise<Tensor | undefined> {
  const loaded = await loadModel(onnxModel("Identity", ONNX_TYPES[x.dtype]), x.dtype);
  try {
    return (await loaded.run("serving_default", { x })).y;
  } finally {
    await loaded.close();
  }
}

const VALUES = [
  tensor("bool", [2], [true, false]),
  tensor("uint8", [2], [0, 255]),
  tensor("uint16", [2], [0, 65535]),
  tensor("uint32", [2], [0, 2 ** 32 - 1]),
  tensor("uint64", [2], [0n, 2n ** 64n - 1n]),
  tensor("int8", [2], [-128, 127]),
  tensor("int16", [2], [-32768, 32767]),
  tensor("int32", [2], [-(2 ** 31), 2 ** 31 - 1]),
  tensor("int64", [2], [-(2n ** 63n), 2n ** 63n - 1n]),
  tensor("float16", [2], [0x3555, 0xfc00]),
  tensor("float32", [2], [0.1, Number.NaN]),
  tensor("float64", [2], [0.1, -0]),
  tensor("string", [2], ["", "é"]),
];
for (const x of VALUES) {
  test(`${x.dtype} comes back as it was, empty as well`, async (assert) => {
    assert.deepEqual(await identity(x), x);
    const empty = tensor(x.dtype, [0], []);
    assert.deepEqual(await identity(empty), empty);
  });
}

test("the model says what it wants", async (assert) => {
  const loaded = await loadModel(onnxModel("Identity", ONNX_TYPES.int64), "int64");
  const spec = { dtype: "int64", shape: [-1n], unknownRank: false };
  assert.deepEqual(loaded.describe()[0]?.inputs, [{ name: "x", ...spec }]);
  assert.deepEqual(loaded.describe()[0]?.outputs, [{ name: "y", ...spec }]);
});

test("what onnxruntime-web lacks is refused", async (assert) => {
  await assert.rejects(identity(tensor("bfloat16", [1], [0])), UnsupportedError);
  await assert.rejects(
    loadModel(onnxModel("Erfc", ONNX_TYPES.float32), "float32"),
    UnsupportedError,
  );
  await assert.rejects(
    loadModel(onnxModel("Not", ONNX_TYPES.float32), "float32"),
    ArtifactInvalidError,
  );
});

test("strings that it would change are refused", async (assert) => {
  for (const bytes of [Uint8Array.of(0xff), Uint8Array.of(65, 0, 66)]) {
    await assert.rejects(identity(tensor("string", [1], [bytes])), UnsupportedError);
  }
});

test("a file that is no model, is cut off, or has other tensors", async (assert) => {
  const model = onnxModel("Identity", ONNX_TYPES.float32);
  for (const bytes of [new Uint8Array(), Uint8Array.of(1, 2, 3), model.slice(0, -3)]) {
    await assert.rejects(loadModel(bytes, "float32"), ArtifactInvalidError);
  }
  await assert.rejects(loadModel(model, "float32", ["x", "z"]), ArtifactInvalidError);
});

test("a run that fails says so", async (assert) => {
  const loaded = await loadModel(onnxModel("Identity", ONNX_TYPES.float32), "int32");
  const x = tensor("int32", [1], [1]);
  await assert.rejects(loaded.run("serving_default", { x }), RunFailedError);
});
