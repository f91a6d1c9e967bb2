// The inputs of a signature as state, with the golden cases that they can be filled from.

import { useEffect, useRef, useState } from "preact/hooks";

import type { Bundle, Signature, TensorSpec } from "../../src/browser.ts";
import { reasonOf } from "../engines/live_engine.ts";
import { type Field, fieldOf, plainText } from "./fields.ts";
import { numbersOf } from "./numbers.ts";
import { textOf } from "./tensor_text.ts";

type Fields = Readonly<Record<string, Field>>;

export function useFields(bundle: Bundle, signature: Signature) {
  const cases = bundle.manifest.cases.filter((each) => each.signature === signature.name);
  const [fields, setFields] = useState<Fields>(() => fieldsOf(signature, plainText));
  /** Numbers of the case that was taken last, by input. */
  const [example, setExample] = useState<Readonly<Record<string, readonly number[]>>>({});
  const [caseName, setCaseName] = useState("");
  /** How often a case was taken. */
  const [taken, setTaken] = useState(0);
  const [error, setError] = useState("");
  /** What is read may come in another order than it was asked for. */
  const newest = useRef("");

  const edit = (spec: TensorSpec, text: string) => {
    setCaseName("");
    newest.current = "";
    setFields((fields) => ({ ...fields, [spec.name]: fieldOf(text, spec, signature) }));
  };
  const takeCase = async (name: string) => {
    setCaseName(name);
    newest.current = name;
    const caseFile = cases.find((each) => each.name === name);
    if (!caseFile) return;
    try {
      const { inputs } = await bundle.readCase(caseFile);
      if (newest.current !== name) return;
      const numeric = Object.entries(inputs).filter(([, { dtype }]) => dtype !== "string");
      setExample(Object.fromEntries(numeric.map(([name, tensor]) => [name, numbersOf(tensor)])));
      setFields(
        fieldsOf(signature, (spec) => {
          const tensor = inputs[spec.name];
          return tensor ? textOf(tensor) : "";
        }),
      );
      setTaken((taken) => taken + 1);
      setError("");
    } catch (error) {
      setError(`case '${name}': ${reasonOf(error)}`);
    }
  };
  useEffect(() => {
    if (cases[0]) void takeCase(cases[0].name);
  }, []);
  return { fields, edit, example, cases, caseName, takeCase, taken, error };
}

function fieldsOf(signature: Signature, text: (spec: TensorSpec) => string): Fields {
  return Object.fromEntries(
    signature.inputs.map((spec) => [spec.name, fieldOf(text(spec), spec, signature)]),
  );
}
