// The demo site: one page, built by build/site.js.

import { render } from "preact";

import { App } from "./app.tsx";

render(<App />, document.body);
