// Opens a bundle: reads its manifest, refuses what is not one, and gives out its files checked.
//
//   const bundle = await Bundle.open(new FolderSource("digits.bundle"));
//   for (const { signature, name } of bundle.manifest.cases) ...

import type { Artifact, CaseFile, File, Manifest, Tolerance } from "./contract/generated.ts";
import { decode, fromJson } from "./contract/messages.ts";
import {
  ArtifactInvalidError,
  BundleInvalidError,
  ChecksumMismatchError,
  FileMissingError,
  ModelParityError,
  oneLine,
} from "./errors.ts";

import { tensorsOfRequest, tensorsOfResponse } from "./inference.ts";
import type { Tensors } from "./tensors.ts";

/** Where a bundle's files come from: a folder, a server, files dropped on a page. */
export interface BundleSource {
  /** What people call this place, for errors. */
  readonly name: string;
  /**
   * The content of a file, in memory that the caller may change; undefined when there is none.
   * `path` is relative to the bundle, with forward slashes, without "..".
   */
  read(path: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
}

/** A request and the answer that is expected of every runtime. */
export interface GoldenCase {
  readonly signature: string;
  readonly name: string;
  readonly inputs: Tensors;
  /** Undefined: nothing was recorded. */
  readonly expected: Tensors | undefined;
  /** By output name; absent: the default of the output's dtype. */
  readonly tolerances: Readonly<Record<string, Tolerance>>;
}

const FORMAT_VERSION = 1;

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

  /** The content of one file, after its size and SHA-256 were checked. */
  async read(path: string): Promise<Uint8Array<ArrayBuffer>> {
    const file = this.#files.get(path);
    if (!file) {
      throw new BundleInvalidError(
        `${path}: the manifest of ${this.#source.name} does not list it`,
      );
    }
    const bytes = await this.#source.read(path);
    if (!bytes) {
      throw new FileMissingError(`${path}: not in ${this.#source.name}; export the model again`);
    }
    await checkContent(bytes, file);
    return bytes;
  }

  async readCase({ path }: CaseFile): Promise<GoldenCase> {
    const bytes = await this.read(path);
    try {
      const { signature, name, request, expected, tolerances } = decode(
        "modelparity.v1.Case",
        bytes,
      );
      if (!request) {
        throw new ArtifactInvalidError(`${path}: has no request; export the model again`);
      }
      return {
        signature,
        name,
        inputs: await tensorsOfRequest(request),
        expected: expected ? await tensorsOfResponse(expected) : undefined,
        tolerances,
      };
    } catch (error) {
      if (error instanceof ModelParityError) throw error;
      throw new ArtifactInvalidError(
        `${path}: not a case (${oneLine(error)}); export the model again`,
      );
    }
  }

  /** The artifacts of one format; empty when the bundle has none. */
  artifactsOf(format: string): Artifact[] {
    return this.manifest.artifacts.filter((artifact) => artifact.format === format);
  }
}

function parseManifest(bytes: Uint8Array, name: string): Manifest {
  try {
    return fromJson(
      "modelparity.v1.Manifest",
      new TextDecoder("utf-8", { fatal: true }).decode(bytes),
    );
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

async function checkContent(bytes: Uint8Array<ArrayBuffer>, file: File) {
  if (BigInt(bytes.byteLength) !== file.size) {
    throw new ChecksumMismatchError(
      `${file.path}: got ${bytes.byteLength} bytes, the manifest says ${file.size}; copy the bundle again`,
    );
  }
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (sha256 !== file.sha256) {
    throw new ChecksumMismatchError(
      `${file.path}: got SHA-256 ${sha256}, the manifest says ${file.sha256}; copy the bundle again`,
    );
  }
}
