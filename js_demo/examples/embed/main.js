// A page of your own with a model in it: it loads a bundle, asks it for its proof, and runs it.

import {
  browserEngines,
  FilesSource,
  load,
  ModelParityError,
  selfTest,
  tensor,
} from "./modelparity/modelparity.js";

const [engine, folder, form, progress, status, x, y] = [
  "engine",
  "folder",
  "form",
  "progress",
  "status",
  "x",
  "y",
].map((id) => document.getElementById(id));

/** A URL, relative to this page; or what was chosen or dropped. */
let bundle = "model.bundle";
/** One thing after the other: a model that loads is not run, and one that runs is not closed. */
let last = Promise.resolve();
let model;

engine.add(new Option("the best", ""));
for (const { runtime } of browserEngines()) engine.add(new Option(runtime));

engine.onchange = () => inTurn(open);
folder.onchange = () => openFiles(FilesSource.fromInput(folder.files));
document.ondragover = (event) => event.preventDefault();
document.ondrop = (event) => {
  event.preventDefault();
  openFiles(FilesSource.fromDrop(event.dataTransfer));
};
form.onsubmit = (event) => {
  event.preventDefault();
  inTurn(run);
};
inTurn(open);

function openFiles(source) {
  inTurn(async () => {
    bundle = await source;
    await open();
  });
}

async function open() {
  await model?.close();
  model = undefined;
  status.textContent = "loading";
  const engines = browserEngines().filter(
    ({ runtime }) => engine.value === "" || runtime === engine.value,
  );
  const opened = await load(bundle, { engines, progress: showProgress });
  const { ok, summary } = await selfTest(opened);
  status.textContent = `${opened.bundle.name} in ${opened.runtime}: ${summary}`;
  if (ok) model = opened;
  else await opened.close();
}

async function run() {
  y.value = "";
  if (!model) return;
  const values = x.value.split(",").map(Number);
  const outputs = await model.run("serving_default", {
    x: tensor("float32", [1, values.length], values),
  });
  y.value = outputs.y.data[0];
}

function showProgress(_path, bytes, size) {
  progress.max = size;
  progress.value = bytes;
}

function inTurn(body) {
  last = last.then(body).catch((error) => {
    status.textContent = error instanceof ModelParityError ? error.message : `failed: ${error}`;
  });
}
