// Loaded when somebody downloads a chart as SVG.
import { use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([SVGRenderer]);
