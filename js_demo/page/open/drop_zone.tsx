// The whole page takes a bundle's folder that is dropped on it.

import "./drop_zone.css";

import { useEffect, useState } from "preact/hooks";

import { type BundleSource, FilesSource } from "../../src/browser.ts";

interface Props {
  readonly onOpen: (source: BundleSource) => void;
  readonly onError: (error: unknown) => void;
}

export function DropZone({ onOpen, onError }: Props) {
  const [isOver, setIsOver] = useState(false);
  useEffect(() => {
    const over = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      setIsOver(true);
    };
    const leave = ({ relatedTarget }: DragEvent) => relatedTarget === null && setIsOver(false);
    const drop = (event: DragEvent) => {
      event.preventDefault();
      setIsOver(false);
      if (event.dataTransfer) FilesSource.fromDrop(event.dataTransfer).then(onOpen, onError);
    };
    addEventListener("dragover", over);
    addEventListener("dragleave", leave);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragover", over);
      removeEventListener("dragleave", leave);
      removeEventListener("drop", drop);
    };
  }, []);
  return isOver && <div class="drop-zone">Drop the bundle’s folder</div>;
}
