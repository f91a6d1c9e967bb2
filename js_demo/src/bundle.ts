// Opens a bundle: reads its manifest, refuses what is not one, and gives out its files checked.
//
//   const bundle = await Bundle.open(new FolderSource("digits.bundle"));
//   for (const { signature, name } of bundle.manifest.cases) ...

import { type Artifact, Case, type CaseFile, type File, Manifest } from "./contract/generated.ts";
import { decode, fromJson } from "./contract/messages.ts";
import {
  ArtifactInvalidError,
  ArtifactTooLargeError,
  BundleInvalidError,
  ChecksumMismatchError,
  FileMissingError,
  ModelParityError,
  oneLine,
} from "./errors.ts";

import { tensorsOfRequest, tensorsOfResponse } from "./inference.ts";
import type { Tolerance } from "./number_errors.ts";
import { sha256 } from "./sha256.ts";
import type { Tensors } from "./tensors.ts";

/** Where a bundle's files come from: a folder, a server, files dropped on a page. */
export interface BundleSource {
  /** What people call this place, for errors. */
  readonly name: string;
  /**
   * The content of a file, in memory that the caller may change; undefined when there is none.
   * `path` is relative to the bundle, with forward slashes, without "..".
   */
  read(path: string, expected?: Expected): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** In hexadecimal digits, where the platform has something better than sha256.ts. */
  sha256?(bytes: Uint8Array<ArrayBuffer>): Promise<string>;
}

/** What is known of a file before it is read. */
export interface Expected {
  /** In bytes. */
  readonly size: number;
  /** Told how many bytes have come. */
  readonly progress?: ((bytes: number) => void) | undefined;
}

/** Told while a file is read: how many of its bytes have come. */
export type Progress = (path: string, bytes: number, size: number) => void;

/** A request and the answer that is expected of every runtime. */
export interface GoldenCase {
  readonly signature: string;
  readonly name: string;
  readonly inputs: Tensors;
  /** Undefined: nothing was recorded. */
  readonly expected: Tensors | undefined;
  /** By output name; absent: the default of the output's dtype. */
  readonly tolerances: Readonly<Record<string, Tolerance>>;
  /** Not a user's own inputs, but made from a seed. */
  readonly isMadeUp: boolean;
}

const FORMAT_VERSION = 1;
/** No artifact that an engine here can take is larger, and no memory is asked for before that. */
const MAX_BYTES = 2 ** 31 - 1;

export class Bundle {
  readonly #source: BundleSource;
  readonly #files: ReadonlyMap<string, File>;
  readonly manifest: Manifest;

  private constructor(source: BundleSource, manifest: Manifest) {
    this.#source = source;
    this.manifest = manifest;
    this.#files = new Map(manifest.files.map((file) => [file.path, file]));
  }

  /** Reads the manifest only; each file is checked when it is read. */
  static async open(source: BundleSource): Promise<Bundle> {
    const bytes = await source.read("manifest.json");
    if (!bytes) {
      throw new BundleInvalidError(
        `${source.name}: no manifest.json; choose a folder that \`modelparity export\` wrote`,
      );
    }
    const manifest = parseManifest(bytes, source.name);
    checkManifest(manifest, source.name);
    return new Bundle(source, manifest);
  }

  get name(): string {
    return this.#source.name;
  }

  /** The content of one file, after its size and SHA-256 were checked. */
  async read(path: string, progress?: Progress): Promise<Uint8Array<ArrayBuffer>> {
    const file = this.#files.get(path);
    if (!file) {
      throw new BundleInvalidError(
        `${path}: the manifest of ${this.#source.name} does not list it`,
      );
    }
    const size = Number(file.size);
    if (size > MAX_BYTES) {
      throw new ArtifactTooLargeError(
        `${path}: the manifest says ${size} bytes, at most ${MAX_BYTES} are read here`,
      );
    }
    const bytes = await this.#source.read(path, {
      size,
      progress: progress && ((got) => progress(path, got, size)),
    });
    if (!bytes) {
      throw new FileMissingError(`${path}: not in ${this.#source.name}; export the model again`);
    }
    await this.#check(bytes, file);
    return bytes;
  }

  async readCase({ path, ...wanted }: CaseFile): Promise<GoldenCase> {
    const bytes = await this.read(path);
    try {
      const { signature, name, request, expected, tolerances, seed } = decode(Case, bytes);
      if (!request) {
        throw new ArtifactInvalidError(`${path}: has no request; export the model again`);
      }
      if (signature !== wanted.signature || name !== wanted.name) {
        throw new BundleInvalidError(
          `${path}: is '${signature}/${name}', the manifest says '${wanted.signature}/${wanted.name}'; export the model again`,
        );
      }
      return {
        signature,
        name,
        inputs: await tensorsOfRequest(request),
        expected: expected ? await tensorsOfResponse(expected) : undefined,
        tolerances,
        isMadeUp: seed !== undefined,
      };
    } catch (error) {
      if (error instanceof ModelParityError) throw error;
      throw new ArtifactInvalidError(
        `${path}: not a case (${oneLine(error)}); export the model again`,
      );
    }
  }

  async #check(bytes: Uint8Array<ArrayBuffer>, { path, size, sha256: wanted }: File) {
    const refuse = (got: string, says: string): never => {
      throw new ChecksumMismatchError(
        `${path}: got ${got}, the manifest says ${says}; copy the bundle again`,
      );
    };
    if (BigInt(bytes.byteLength) !== size) refuse(`${bytes.byteLength} bytes`, `${size}`);
    const got = await (this.#source.sha256?.(bytes) ?? sha256(bytes));
    if (got !== wanted) refuse(`SHA-256 ${got}`, wanted);
  }

  /** The artifacts of one format; empty when the bundle has none. */
  artifactsOf(format: string): Artifact[] {
    return this.manifest.artifacts.filter((artifact) => artifact.format === format);
  }
}

function parseManifest(bytes: Uint8Array, name: string): Manifest {
  try {
    return fromJson(Manifest, new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new BundleInvalidError(
      `${name}: manifest.json is not readable (${oneLine(error)}); export the model again`,
    );
  }
}

function checkManifest(manifest: Manifest, name: string) {
  const refuse = (reason: string): never => {
    throw new BundleInvalidError(`${name}: ${reason}`);
  };
  if (manifest.formatVersion !== FORMAT_VERSION) {
    refuse(
      `format version ${manifest.formatVersion}, this reader knows ${FORMAT_VERSION}; use a newer modelparity`,
    );
  }
  const signatures = new Set(manifest.signatures.map(({ name }) => name));
  for (const { path } of [...manifest.files, ...manifest.artifacts, ...manifest.cases]) {
    if (!isInside(path)) refuse(`path '${path}' leads out of the bundle`);
  }
  for (const artifact of manifest.artifacts) {
    for (const { signature } of artifact.bindings) {
      if (!signatures.has(signature)) {
        refuse(`artifact ${artifact.path} binds signature '${signature}', which it lacks`);
      }
    }
  }
  for (const { signature, path } of manifest.cases) {
    if (!signatures.has(signature)) {
      refuse(`case ${path} calls signature '${signature}', which it lacks`);
    }
  }
}

function isInside(path: string): boolean {
  const parts = path.split("/");
  return (
    !path.includes("\\") && parts.every((part) => part !== "" && part !== "." && part !== "..")
  );
}
