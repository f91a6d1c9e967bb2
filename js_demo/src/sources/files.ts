// A bundle that a person dropped on a page, or chose there.
//
//   page.ondrop = async ({ dataTransfer }) => load(await FilesSource.fromDrop(dataTransfer));
//   input.onchange = () => load(FilesSource.fromInput(input.files)); // <input type=file webkitdirectory>

import type { BundleSource, Expected } from "../bundle.ts";
import { BundleInvalidError, FileMissingError, oneLine } from "../errors.ts";

/** No bundle is as deep, or has as many files; a home folder dropped by mistake is. */
const MAX_FILES = 20_000;
const MAX_DEPTH = 32;

const PIECE_BYTES = 2 ** 20;

export class FilesSource implements BundleSource {
  readonly name: string;
  readonly #files: ReadonlyMap<string, File>;

  /** `files` by their path relative to the bundle. */
  constructor(name: string, files: ReadonlyMap<string, File>) {
    this.name = name;
    this.#files = files;
  }

  /** Call it in the event's handler itself: afterwards the browser has forgotten what was dropped. */
  static async fromDrop(dropped: DataTransfer): Promise<FilesSource> {
    const entries = [...dropped.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
    const [folder] = entries;
    if (!folder?.isDirectory || entries.length > 1) {
      const got = entries.map(({ name }) => name).join(", ") || "nothing that is a file";
      throw new BundleInvalidError(
        `dropped: got ${got}, wanted one folder; drop a bundle's folder`,
      );
    }
    const files = new Map<string, File>();
    await collect(folder as FileSystemDirectoryEntry, "", files, folder.name);
    return new FilesSource(folder.name, files);
  }

  /** From an `<input type="file" webkitdirectory>`. */
  static fromInput(chosen: Iterable<File>): FilesSource {
    const files = [...chosen];
    const [folder = "folder"] = files[0]?.webkitRelativePath.split("/") ?? [];
    const pathOf = (file: File) => file.webkitRelativePath.slice(folder.length + 1);
    return new FilesSource(folder, new Map(files.map((file) => [pathOf(file), file])));
  }

  async read(path: string, expected?: Expected): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const file = this.#files.get(path);
    if (!file) return undefined;
    try {
      return await bytesOf(file, expected);
    } catch (error) {
      throw new FileMissingError(
        `${path}: cannot be read any more (${oneLine(error)}); drop ${this.name} again`,
      );
    }
  }
}

async function collect(
  folder: FileSystemDirectoryEntry,
  prefix: string,
  files: Map<string, File>,
  root: string,
) {
  const reader = folder.createReader();
  const batch = () =>
    new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
  // A browser hands a folder out in batches, and an empty one when it is done.
  for (let entries = await batch(); entries.length > 0; entries = await batch()) {
    if (prefix.split("/").length > MAX_DEPTH || files.size > MAX_FILES) {
      throw new BundleInvalidError(`${root}: too large for a bundle; drop the bundle's own folder`);
    }
    for (const entry of entries) {
      const path = `${prefix}${entry.name}`;
      if (entry.isDirectory) {
        await collect(entry as FileSystemDirectoryEntry, `${path}/`, files, root);
      } else {
        files.set(path, await fileOf(entry as FileSystemFileEntry));
      }
    }
  }
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/**
 * A file that is longer than expected is not read to its end: what comes back is then longer, too.
 *
 * It is read piece by piece: one read of all would hold it twice, and a file's stream that fills
 * the reader's memory does not always end in Chromium (once in a thousand reads on a busy machine).
 */
async function bytesOf(file: File, expected?: Expected): Promise<Uint8Array<ArrayBuffer>> {
  const size = expected ? Math.min(file.size, expected.size + 1) : file.size;
  const bytes = new Uint8Array(size);
  for (let start = 0; start < size; start += PIECE_BYTES) {
    const end = Math.min(start + PIECE_BYTES, size);
    bytes.set(new Uint8Array(await file.slice(start, end).arrayBuffer()), start);
    expected?.progress?.(end);
  }
  return bytes;
}
