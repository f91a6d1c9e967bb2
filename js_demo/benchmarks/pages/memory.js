// Tells the server when it begins to load, and when it has loaded how many bytes.

import { loadFrozenGraph } from "./page.js";

await fetch("?begin");
const size = await loadFrozenGraph("/bundle/");
await fetch(`?end=${size}`);
