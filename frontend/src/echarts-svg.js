// Loaded when somebody downloads a chart as SVG.
import { use } from "echarts/core";
import { install as SVGRenderer } from "echarts/lib/renderer/installSVGRenderer.js";

use([SVGRenderer]);
