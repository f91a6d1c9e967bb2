// Bytes and numbers from anybody as text that can stand in a message: the text that Python and C++
// write as well.

const TEXT_LIMIT = 200;
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The first 200 characters of what should be UTF-8, and "..." when there are more. Bytes that are no
 * UTF-8 become text such as \xff.
 */
export function textOfBytes(bytes: Uint8Array): string {
  const characters: string[] = [];
  let rest = bytes;
  while (rest.length > 0 && characters.length <= TEXT_LIMIT) {
    const lead = rest[0] as number;
    const size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const character = decoded(rest.subarray(0, size));
    characters.push(...(character ?? escaped(lead)));
    rest = rest.subarray(character === undefined ? 1 : size);
  }
  const isCut = characters.length > TEXT_LIMIT;
  return characters.slice(0, TEXT_LIMIT).join("") + (isCut ? "..." : "");
}

/** Undefined: no UTF-8. */
function decoded(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * The text without line breaks: what does not show, or breaks a line, becomes an escape such as \n,
 * \x1b or \u2028.
 */
export function printable(text: string): string {
  return text.replace(/(?! )[\p{C}\p{Z}]/gu, (character) => {
    const place = "\t\n\r".indexOf(character);
    return place < 0 ? escaped(character.codePointAt(0) as number) : `\\${"tnr"[place]}`;
  });
}

function escaped(code: number): string {
  const [letter, digits] = code < 0x100 ? ["x", 2] : code < 0x10000 ? ["u", 4] : ["U", 8];
  return `\\${letter}${code.toString(16).padStart(digits, "0")}`;
}

/** As printf's %.<precision>g. */
export function numberText(number: number, precision: number): string {
  if (number === Infinity) return "inf";
  if (Object.is(number, -0)) return "-0";
  // Of two texts that are as near as each other printf takes the even one, JavaScript the larger.
  const tie = new RegExp(`^(.+\\.\\d{${precision - 2}}[02468])50*e(.)(.+)$`);
  const rounded = number.toExponential(precision - 1);
  const [, mantissa, sign, power = ""] = (tie.exec(number.toExponential(100)) ??
    /^(.+)e(.)(.+)$/.exec(rounded)) as RegExpExecArray;
  const exponent = Number(`${sign}${power}`);
  if (exponent >= -4 && exponent < precision) return `${Number(`${mantissa}e${exponent}`)}`;
  return `${Number(mantissa)}e${sign}${power.padStart(2, "0")}`;
}
