export { connect, disconnect, getInstanceByDom, init } from "echarts/core";
