export { connect, disconnect, init } from "echarts/core";
