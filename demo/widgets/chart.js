// A plotly chart in an element that stays: drawn only when it can be seen, in the theme's colours, at its own width.

import {saveButton} from "../save/save.js";

let plotly = null; // a promise of the library, fetched when a chart is first seen

const library = (script) => (plotly ??= new Promise((ready, failed) => {
  const tag = document.createElement("script");
  const done = () => ready(window.Plotly), gone = () => failed(new Error("plotly could not be loaded"));
  Object.assign(tag, {src: script, onload: done, onerror: gone});
  document.head.append(tag);
}));

/** Draw the figure that `props.value` is, a plotly figure as JSON; `script` is the address of plotly's own JavaScript. */
export const mount = (element, props, watch, script) => {
  const host = element.querySelector(".chart");
  const colors = () => {
    const css = getComputedStyle(document.body), ink = css.getPropertyValue("--body-text-color").trim();
    const grid = css.getPropertyValue("--border-color-primary").trim();
    return {
      font: {color: ink, family: "system-ui, sans-serif"}, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      xaxis: {gridcolor: grid, zerolinecolor: grid}, yaxis: {gridcolor: grid, zerolinecolor: grid},
    };
  };
  let drawn = "";
  const draw = async () => {
    if (!props.value || !host.clientWidth) return;
    const theme = colors(), key = props.value + JSON.stringify(theme);
    if (key === drawn) return void window.Plotly?.Plots.resize(host);
    drawn = key;
    try {
      const Plotly = await library(script);
      const {data, layout} = JSON.parse(props.value);
      const axis = (name) => ({...layout[name], ...theme[name]});
      Plotly.react(host, data, {
        ...layout, ...theme, xaxis: axis("xaxis"), yaxis: axis("yaxis"), uirevision: "same", autosize: true,
      }, {displaylogo: false, responsive: true});
    } catch (problem) {
      host.textContent = `This chart could not be drawn: ${problem.message}`;
    }
  };
  const label = host.getAttribute("aria-label") ?? "chart";
  const rows = () => host.data.flatMap(({name, x, y}) => Array.from(x, (value, i) => ({layer: name, x: value, y: y[i]})));
  const image = (format) => window.Plotly.toImage(host, {format, scale: 2, width: host.clientWidth, height: host.clientHeight});
  element.querySelector(".mark").after(saveButton(() => (host.data ? {title: label, coords: {}, rows, image} : null)));
  watch("value", draw);
  new ResizeObserver(draw).observe(host);
  new MutationObserver(draw).observe(document.body, {attributes: true, attributeFilter: ["class"]});
  draw();
};
