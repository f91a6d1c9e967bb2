import { test } from "./testing/test.ts";
import { numberText, printable, textOfBytes } from "./text.ts";

test("numbers are written as printf writes them", (assert) => {
  for (const [number, precision, text] of [
    [0, 9, "0"],
    [-0, 9, "-0"],
    [Infinity, 6, "inf"],
    [-1.5, 9, "-1.5"],
    [0.1, 6, "0.1"],
    [0.0001, 6, "0.0001"],
    [0.00001, 6, "1e-05"],
    [123456789, 9, "123456789"],
    [1234567890, 9, "1.23456789e+09"],
    [123456, 6, "123456"],
    [1e100, 6, "1e+100"],
    [5e-324, 6, "4.94066e-324"],
    [-3.4028234663852886e38, 9, "-3.40282347e+38"],
  ] as const) {
    assert.equal(numberText(number, precision), text);
  }
});

test("a number half-way between two texts becomes the even one", (assert) => {
  for (const [number, precision, text] of [
    [1234567.125, 9, "1234567.12"],
    [-1234567.375, 9, "-1234567.38"],
    [1000005, 6, "1e+06"],
    [1000015, 6, "1.00002e+06"],
    [999999.5, 6, "1e+06"],
    [2147483645, 9, "2.14748364e+09"],
    // A little more than half-way, and a little less: no float64 is these numbers.
    [1.0000005, 7, "1.000001"],
    [1.0000015, 7, "1.000001"],
  ] as const) {
    assert.equal(numberText(number, precision), text);
  }
});

test("bytes that are no UTF-8 show as escapes, and U+FEFF is a character like any other", (assert) => {
  assert.equal(textOfBytes(Uint8Array.of(0x61, 0xff, 0xc3)), "a\\xff\\xc3");
  assert.equal(textOfBytes(Uint8Array.of(0xef, 0xbb, 0xbf)), "\ufeff");
});

test("text is cut after 200 characters", (assert) => {
  const encoder = new TextEncoder();
  assert.equal(textOfBytes(encoder.encode("é".repeat(200))), "é".repeat(200));
  assert.equal(textOfBytes(encoder.encode("😀".repeat(201))), `${"😀".repeat(200)}...`);
});

test("a message has no line breaks and nothing that does not show", (assert) => {
  assert.equal(
    printable("a b\n\t\r\x1b\u2028\u{f0000}\ud800é"),
    "a b\\n\\t\\r\\x1b\\u2028\\U000f0000\\ud800é",
  );
});
