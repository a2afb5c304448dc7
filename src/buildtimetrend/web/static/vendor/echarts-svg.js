import{$d as e,_d as r}from"./echarts-chunk-PTWZ4JRZ.js";r([e]);
