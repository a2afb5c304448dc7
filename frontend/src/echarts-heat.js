// Loaded where there is a heat map.
import { use } from "echarts/core";
import { install as HeatmapChart } from "echarts/lib/chart/heatmap/install.js";
import { install as VisualMapContinuousComponent } from "echarts/lib/component/visualMap/installVisualMapContinuous.js";

use([HeatmapChart, VisualMapContinuousComponent]);
