// Captions: sentences in which numbers of the sweep stand; the language is that of demo/caption.py.
import {FORMATS} from "./format.js";

/** The condition that a template begins with, and the rest of it: {name>0.01?}.  @param {string} template */
export const conditional = (template) => {
  const found = template.match(/^\{(\w+)>([\d.]+)\?\}/);
  if (!found) return {template, holds: null};
  const holds = (coords, sweep) => sweep.slice(found[1], coords).data[0] > Number(found[2]);
  return {template: template.slice(found[0].length), holds};
};

/** A template as pieces {text} or {read(coords, sweep)}, each with the colour it stands in; throws at what it is not. */
export const parseCaption = (template) => {
  const pieces = [];
  let color = null;
  for (const part of template.split(/(\{[^}]*\}|\[\/?\w*\])/)) {
    if (!part) continue;
    if (part === "[/]") color = null;
    else if (/^\[\w+\]$/.test(part)) color = part.slice(1, -1);
    else if (part[0] === "{") pieces.push({...field(part.slice(1, -1)), color});
    else pieces.push({text: part, color});
  }
  return pieces;
};

const field = (source) => {
  const [name, format = "3g"] = source.split(":");
  const line = name.match(/^(\w+)\+(\w+)\*(\w+)$/); // base+coord*slope
  const show = FORMATS[format];
  if (!show) throw new Error(`{${source}}: no format is called ${format}`);
  return {
    read(coords, sweep) {
      if (name === "s") return show(1 + coords.w);
      if (name in coords) return show(coords[name]);
      if (line) return show(sweep.ref({base: line[1], slope: line[3], by: line[2]}, coords).data[0]);
      return show(sweep.slice(name, coords).data[0]);
    },
  };
};
