import { UnsupportedError } from "../../errors.ts";
import { tensor } from "../../tensors.ts";
import { test } from "../../testing/test.ts";
import { fromCarrier, toCarrier } from "./carriers.ts";

const KEPT = [
  tensor("bool", [2], [true, false]),
  tensor("uint8", [2], [0, 255]),
  tensor("uint16", [2], [0, 65535]),
  tensor("uint32", [2], [0, 2 ** 31 - 1]),
  tensor("uint64", [2], [0n, 2n ** 31n - 1n]),
  tensor("int8", [2], [-128, 127]),
  tensor("int16", [2], [-32768, 32767]),
  tensor("int32", [2], [-(2 ** 31), 2 ** 31 - 1]),
  tensor("int64", [2], [-(2n ** 31n), 2n ** 31n - 1n]),
  // 1, the largest, the smallest subnormal, infinity, minus zero
  tensor("float16", [5], [0x3c00, 0x7bff, 0x0001, 0x7c00, 0x8000]),
  tensor("bfloat16", [5], [0x3f80, 0x7f7f, 0x0001, 0x7f80, 0x8000]),
  tensor("float32", [2], [0.1, -1]),
  tensor("string", [1], ["é"]),
];
for (const before of KEPT) {
  test(`${before.dtype} comes back as it was`, (assert) => {
    const carrier = toCarrier(before, "x");
    assert.deepEqual(fromCarrier(carrier, before.dtype, "y"), before.data);
  });
}

test("halves have the value of their bits", (assert) => {
  assert.deepEqual(
    [...(toCarrier(tensor("float16", [1], [0x3555]), "x") as Float32Array)],
    [0.333251953125],
  );
  assert.deepEqual(
    [...(toCarrier(tensor("bfloat16", [1], [0xc049]), "x") as Float32Array)],
    [-3.140625],
  );
});

test("NaN stays NaN", (assert) => {
  const half = toCarrier(tensor("float16", [1], [0x7e00]), "x");
  assert.ok(Number.isNaN(half[0]));
  assert.equal(fromCarrier(half, "float16", "y")[0], 0x7e00);
});

const OUTSIDE = [
  tensor("int64", [1], [2n ** 31n]),
  tensor("int64", [1], [-(2n ** 31n) - 1n]),
  tensor("uint32", [1], [2 ** 31]),
  tensor("uint64", [1], [2n ** 63n]),
  tensor("float64", [1], [1]),
];
for (const value of OUTSIDE) {
  test(`${value.dtype} ${value.data[0]} is refused`, (assert) =>
    assert.throws(() => toCarrier(value, "x"), UnsupportedError));
}

test("a result that its dtype cannot hold is refused, not rounded or wrapped", (assert) => {
  assert.throws(() => fromCarrier(Float32Array.of(0.1), "float16", "y"), UnsupportedError);
  assert.throws(() => fromCarrier(Float32Array.of(0.1), "bfloat16", "y"), UnsupportedError);
  assert.throws(() => fromCarrier(Int32Array.of(256), "uint8", "y"), UnsupportedError);
  assert.throws(() => fromCarrier(Int32Array.of(-1), "uint64", "y"), UnsupportedError);
});
