import{$d as r,ae as e}from"./echarts-chunk-2NMX36L5.js";r([e]);
