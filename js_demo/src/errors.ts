// Every error that the loader and the runners raise on purpose, one class for each ErrorKind of the
// contract:
//
//   ModelParityError
//   ├── BundleInvalidError         the folder is no bundle
//   ├── FileMissingError           a file is not there
//   ├── ChecksumMismatchError      a file is not the one that the manifest describes
//   ├── ArtifactInvalidError       the artifact cannot be read
//   ├── ArtifactTooLargeError      the artifact is larger than can be taken
//   ├── SignatureNotFoundError     the model has no such signature
//   ├── InputNameError             an input is missing, unknown or given twice
//   ├── InputDtypeError            an input has another dtype than the signature wants
//   ├── InputShapeError            an input has another shape than the signature wants
//   ├── UnsupportedError           the runtime lacks something that the model needs
//   ├── RunFailedError             the runtime failed while it ran the model
//   └── ProtocolError              a frame or message is not of the protocol
//
// A message is one line: subject, got, expected, next step.

import { ErrorKind } from "./contract/generated.ts";

export abstract class ModelParityError extends Error {
  abstract readonly kind: ErrorKind;

  override get name() {
    return this.constructor.name;
  }
}

export class BundleInvalidError extends ModelParityError {
  readonly kind = ErrorKind.ERROR_KIND_BUNDLE_INVALID;
}

export class FileMissingError extends ModelParityError {
  readonly kind = ErrorKind.ERROR_KIND_FILE_MISSING;
}

export class ChecksumMismatchError extends ModelParityError {
  readonly kind = ErrorKind.ERROR_KIND_CHECKSUM_MISMATCH;
}

export class ArtifactInvalidError extends ModelParityError {
  readonly kind = ErrorKind.ERROR_KIND_ARTIFACT_INVALID;
}

export class ArtifactTooLargeError extends ModelParityError {
  readonly kind = ErrorKind.ERROR_KIND_ARTIFACT_TOO_LARGE;
}

export class SignatureNotFoundError extends ModelParityError {
  readonly kind = ErrorKind.ERROR_KIND_SIGNATURE_NOT_FOUND;
}

export class InputNameError extends ModelParityError {
  readonly kind = ErrorKind.ERROR_KIND_INPUT_NAME;
}

export class InputDtypeError extends ModelParityError {
  readonly kind = ErrorKind.ERROR_KIND_INPUT_DTYPE;
}

export class InputShapeError extends ModelParityError {
  readonly kind = ErrorKind.ERROR_KIND_INPUT_SHAPE;
}

export class UnsupportedError extends ModelParityError {
  readonly kind = ErrorKind.ERROR_KIND_UNSUPPORTED;
}

export class RunFailedError extends ModelParityError {
  readonly kind = ErrorKind.ERROR_KIND_RUN_FAILED;
}

export class ProtocolError extends ModelParityError {
  readonly kind = ErrorKind.ERROR_KIND_PROTOCOL;
}

/** The first line of what a library threw, at most 500 characters long. */
export function oneLine(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const line = text.split("\n").find((part) => part.trim() !== "") ?? "no message";
  return line.trim().slice(0, 500);
}
