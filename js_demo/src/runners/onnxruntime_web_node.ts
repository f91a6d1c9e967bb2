// The runner `onnxruntime-web-node`: ONNX in onnxruntime-web.
//
//   node onnxruntime_web_node.mjs

import { makeOnnxRuntime } from "../node.ts";
import { serve } from "../runner/serve.ts";

await serve(await makeOnnxRuntime());
