// The image wall: pictures from the same noises at w = 0 (or by another rule) and at w, and one noise over all w.
// It draws tiles cut from sprite sheets and knows no maths; every number it prints came from the server with the sheet.
// The value it is given is one JSON string, {kind: "gallery" | "live" | "problem", ...} (see demo/widgets/wall.py).
import {saveButton} from "../save/save.js";
import {el} from "../stage/dom.js";
import {number, percent} from "../stage/format.js";

let shown = null; // the wall of the page
let tileOf = () => null; // its marked picture
const asked = new Map(); // what was set before it was there

/** Set "w" or "pick". */
export const set = (name, value) => {
  asked.set(name, value);
  shown?.(name, value);
};

/** The marked picture at w: its pixels as bytes of red, green and blue in base64, its class, w; null before there is one. */
export const marked = () => {
  const found = tileOf();
  if (!found?.tile?.sheet.naturalWidth) return null;
  const { tile, size, w } = found;
  const canvas = Object.assign(document.createElement("canvas"), { width: size, height: size });
  const pen = canvas.getContext("2d");
  pen.drawImage(tile.sheet, tile.column * size, tile.row * size, size, size, 0, 0, size, size);
  const bytes = pen.getImageData(0, 0, size, size).data.filter((_, i) => i % 4 < 3);
  return { pixels: btoa(String.fromCharCode(...bytes)), name: tile.name, w };
};

/** Draw what `props.value` says, now and whenever it changes. */
export const mount = (element, props, watch) => {
  const find = (selector) => element.querySelector(selector);
  const root = find(".wall");
  const state = { w: 3, pick: null, noise: 0, view: "gallery", gallery: null, live: null, sheets: new Map() };
  const COLUMNS = { one: 4, all: 6 };
  const GAP = 1; // native pixels between tiles
  const BELOW = 62; // pixels of the window for the sentence under the grids
  let frame = 0;

  // ---- what is shown: lists of tiles {sheet, column, row, name, noise, confidence} -------------------------------

  const nearest = (values, x) => values.reduce((best, v, i) => (Math.abs(v - x) < Math.abs(values[best] - x) ? i : best), 0);

  function sheet(name) {
    const g = state.gallery;
    if (!state.sheets.has(name)) {
      const image = new Image();
      image.onload = schedule;
      image.onerror = () => say(".wall-problem", `The pictures of “${name}” cannot be read: ${g.files[name]} is missing or damaged.`);
      image.src = g.sheets[name];
      state.sheets.set(name, image);
    }
    return state.sheets.get(name);
  }

  // In the view of all classes a row is a class: as many of its pictures as fit, up to six.
  function columnsOfAll() {
    const pitch = state.gallery.tile + GAP;
    const fits = Math.floor((room(true) * (window.devicePixelRatio || 1)) / pitch);
    return Math.max(1, Math.min(COLUMNS.all, state.gallery.noises, fits));
  }

  const narrow = () => root.clientWidth < 640;
  const room = (labelled) => (root.clientWidth - (labelled && !narrow() ? 84 : 0) - 24) / 2; // pixels for one grid

  function galleryTiles(column) {
    const g = state.gallery;
    const all = state.pick === "all";
    const names = all ? g.names : [state.pick];
    const count = all ? columnsOfAll() : g.noises;
    return names.flatMap((name) =>
      Array.from({ length: count }, (_, noise) => ({
        sheet: sheet(name), column, row: noise, name, noise, confidence: g.numbers[name].each[column][noise],
      })));
  }

  function liveTiles(second) {
    const live = state.live;
    const n = live.names.length;
    return live.names.map((name, i) => {
      const k = second ? n + i : i;
      return {
        sheet: live.image, column: k % live.columns, row: Math.floor(k / live.columns), name, noise: i,
        confidence: live.each ? live.each[k] : null,
      };
    });
  }

  function view() {
    if (state.view === "live" && state.live) {
      const live = state.live;
      const several = new Set(live.names).size > 1;
      const columns = Math.min(several ? 10 : live.names.length > 16 ? 8 : COLUMNS.one, live.names.length);
      return { w: live.w, columns, labels: [], left: liveTiles(false), right: liveTiles(true), numbers: live.numbers,
        stopped: live.state === "stopped" ? [live.step, live.steps] : null, beside: live.beside, rule: live.rule, against: live.against };
    }
    const g = state.gallery;
    if (!g || !state.pick) return null;
    const at = nearest(g.w, state.w);
    const zero = nearest(g.w, 0);
    const all = state.pick === "all";
    const of = (i) => {
      const sets = (all ? g.names : [state.pick]).map((name) => g.numbers[name]);
      const mean = (key) => sets.reduce((sum, s) => sum + s[key][i], 0) / sets.length;
      return { confidence: mean("confidence"), accuracy: mean("accuracy"), distance: mean("distance") };
    };
    return {
      w: g.w[at], columns: all ? columnsOfAll() : COLUMNS.one, labels: all && !narrow() ? g.names : [],
      left: galleryTiles(zero), right: galleryTiles(at), numbers: { zero: of(zero), at: of(at) },
      beside: { w: 0, rule: "no guidance" }, rule: "", against: "at w = 0",
      counted: (all ? g.names.length : 1) * g.noises, // pictures behind the numbers
    };
  }

  // ---- drawing -----------------------------------------------------------------------------------------------------

  function drawGrid(canvas, tiles, columns, scale) {
    const size = state.gallery?.tile ?? 32;
    const pitch = size + GAP;
    const rows = Math.ceil(tiles.length / columns);
    const width = columns * pitch - GAP;
    const height = rows * pitch - GAP;
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    canvas.style.width = `${width * scale}px`;
    canvas.style.height = `${height * scale}px`;
    canvas.parentElement.style.width = `${Math.max(width * scale, Math.min(220, root.clientWidth / 2.2))}px`; // the words above wrap within it
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, width, height);
    tiles.forEach((tile, i) => {
      const x = (i % columns) * pitch;
      const y = Math.floor(i / columns) * pitch;
      if (tile.sheet.complete && tile.sheet.naturalWidth) {
        context.drawImage(tile.sheet, tile.column * size, tile.row * size, size, size, x, y, size, size);
      }
      if (i === state.noise) {
        context.strokeStyle = getComputedStyle(root).getPropertyValue("--wall-accent");
        context.lineWidth = 1;
        context.strokeRect(x + 0.5, y + 0.5, size - 1, size - 1);
      }
    });
  }

  // The largest whole number of device pixels for a picture pixel that fits: tiles stay evenly pixelated.
  function fit(columns, rows, width) {
    const dpr = window.devicePixelRatio || 1;
    const pitch = (state.gallery?.tile ?? 32) + GAP;
    const across = Math.floor((width * dpr) / (columns * pitch));
    const grids = find(".wall-grids"), top = grids.getBoundingClientRect().top + window.scrollY;
    const high = Math.max(200, window.innerHeight - top - find("figcaption").offsetHeight - BELOW);
    const down = Math.floor((high * dpr) / (rows * pitch));
    return Math.max(1, Math.min(across, down, Math.ceil(4 * dpr))) / dpr;
  }

  function paint() {
    frame = 0;
    const v = view();
    find(".wall-grids").hidden = !v;
    find(".wall-film").hidden = !v || state.view === "live";
    if (!v || !root.clientWidth) return;
    state.noise = Math.min(state.noise, v.right.length - 1);
    const rows = Math.ceil(v.right.length / v.columns);
    const labels = find(".wall-labels");
    const scale = fit(v.columns, rows, room(v.labels.length > 0));
    drawGrid(find(".wall-zero canvas"), v.left, v.columns, scale);
    drawGrid(find(".wall-at canvas"), v.right, v.columns, scale);
    rowLabels(labels, v.labels, scale);
    say(".wall-zero figcaption b", titleOf(v.beside.w, v.beside.rule));
    say(".wall-at figcaption b", titleOf(v.w, v.rule));
    const n = v.numbers;
    say(".wall-zero figcaption span", n ? numbersOf(n.zero, v.left[state.noise]) : "");
    say(".wall-at figcaption span", n ? numbersOf(n.at, v.right[state.noise]) : "");
    say(".wall-words", n ? sentence(v) : v.stopped ? cutShort(...v.stopped) : "");
    if (state.view !== "live") film(v);
    const what = state.pick === "all" ? "all ten classes" : state.pick;
    for (const canvas of element.querySelectorAll(".wall-grids canvas")) {
      const w = canvas.closest(".wall-zero") ? v.beside.w : v.w;
      canvas.setAttribute("aria-label", `${v.right.length} generated pictures of ${what} at w = ${number(w)}; arrow keys choose one`);
    }
    root.dataset.w = v.w;
    root.dataset.view = state.view;
    root.dataset.pick = state.pick ?? "";
    root.dataset.loaded = String(v.right.every((tile) => tile.sheet.complete && tile.sheet.naturalWidth > 0));
  }

  function rowLabels(box, names, scale) {
    box.hidden = !names.length;
    while (box.children.length < names.length) box.append(el("span"));
    names.forEach((name, i) => {
      box.children[i].textContent = name;
      box.children[i].style.height = `${33 * scale}px`;
    });
  }

  const titleOf = (w, rule) => `w = ${number(w)} (scale ${narrow() ? "" : "1 + w = "}${number(1 + w)})${rule ? `: ${rule}` : ""}`;

  const numbersOf = (n, tile) => {
    const own = (tile?.confidence ?? null) === null ? "" : `; the marked one: ${percent(tile.confidence)}`;
    const spread = (n.distance ?? null) === null ? "" : ` · feature distance ${n.distance.toFixed(2)}`;
    return `confidence ${percent(n.confidence)}${own}${spread}`;
  };

  const article = (name) => `${/^[aeiou]/.test(name) ? "an" : "a"} ${name}`;

  function sentence(v) {
    const { zero, at } = v.numbers;
    const shown = v.right.length;
    const by = `At w = ${number(v.w)} (scale 1 + w = ${number(1 + v.w)})${v.rule ? `, guidance ${v.rule},` : ""} our classifier`;
    if (shown === 1) {
      return `${by} takes this picture for ${article(v.right[0].name)} with a confidence of ${percent(at.confidence)} (${percent(zero.confidence)} ${v.against}).`;
    }
    const count = v.counted && v.counted !== shown ? `${v.counted} pictures (${shown} shown)` : `${shown} pictures`;
    const several = new Set(v.right.map((tile) => tile.name)).size > 1;
    const what = several ? `${count} the class they were asked for` : `${count} ${article(v.right[0].name)}`;
    const kept = (at.distance ?? null) === null || !zero.distance ? "" :
      ` To it, two pictures of one class are ${percent(at.distance / zero.distance)} as far apart as those ${v.against}.`;
    return `${by} calls ${percent(at.accuracy)} of these ${what}` +
      ` (${percent(zero.accuracy)} ${v.against}), with a mean confidence of ${percent(at.confidence)} (${percent(zero.confidence)}).${kept}`;
  }

  const cutShort = (step, steps) =>
    `Stopped at step ${step} of ${steps}. These are half-way guesses of the network, blurred by the noise that is left. They are not samples, so they are not judged.`;

  // ---- one noise over w: figures made once, redrawn in place -------------------------------------------------------

  function filmColumns(at) {
    const w = state.gallery.w;
    const shown = w.map((_, i) => i).filter((i) => Number.isInteger(w[i]) || Math.abs(w[i]) < 2);
    shown[nearest(shown, at)] = at; // the present w is always one of them
    return shown;
  }

  function film(v) {
    const g = state.gallery;
    const tile = v.right[state.noise];
    const shown = filmColumns(tile.column);
    const box = find(".wall-strip");
    while (box.children.length < shown.length) {
      const figure = el("figure"), canvas = el("canvas");
      figure.append(canvas, el("figcaption"));
      canvas.width = canvas.height = g.tile;
      box.append(figure);
    }
    const across = narrow() ? Math.ceil(shown.length / 2) : shown.length;
    const scale = Math.min(3, fit(across, 1, root.clientWidth - 6 * across));
    box.style.gridTemplateColumns = `repeat(${across}, max-content)`;
    shown.forEach((column, i) => {
      const [canvas, caption] = box.children[i].children;
      canvas.style.width = canvas.style.height = `${g.tile * scale}px`;
      const context = canvas.getContext("2d");
      context.clearRect(0, 0, g.tile, g.tile);
      if (tile.sheet.complete && tile.sheet.naturalWidth) {
        context.drawImage(tile.sheet, column * g.tile, tile.row * g.tile, g.tile, g.tile, 0, 0, g.tile, g.tile);
      }
      caption.textContent = number(g.w[column]);
      box.children[i].classList.toggle("wall-now", column === tile.column);
    });
    say(".wall-film p", `The marked ${tile.name}: the same noise at each w.`);
  }

  function say(selector, text) {
    const node = find(selector);
    if (node.textContent !== text) node.textContent = text;
  }

  function schedule() {
    if (!frame) frame = requestAnimationFrame(paint);
  }

  // ---- what comes in -----------------------------------------------------------------------------------------------

  const known = (pick) => pick === "all" || state.gallery.names.includes(pick);

  function show(which) {
    state.view = which;
    for (const button of element.querySelectorAll(".wall-views button")) {
      button.setAttribute("aria-pressed", String(button.dataset.view === which));
    }
    find(".wall-views button[data-view=live]").disabled = !state.live;
    provenance();
    schedule();
  }

  function provenance() {
    const source = state.view === "live" && state.live ? state.live.source : state.gallery?.source;
    const drawn = state.view !== "live" && state.live ? ` Your own, sampled at w = ${number(state.live.w)}, are under Live.` : "";
    say(".wall-source", (source ?? "") + drawn);
    say(".wall-mark", (state.view === "live" && state.live ? state.live.mark : state.gallery?.mark) ?? "");
  }

  function load(text) {
    if (!text) return;
    const value = JSON.parse(text);
    say(".wall-problem", value.problem ?? "");
    if (value.kind === "gallery") {
      state.gallery = value;
      state.sheets.clear();
      if (!known(state.pick)) state.pick = value.pick;
      show(state.view);
    } else if (value.kind === "live") {
      receive(value);
    }
  }

  function receive(value) {
    const image = new Image();
    image.onload = () => {
      if (state.live && state.live.id === value.id && state.live.step > value.step) return; // decoded out of order
      const fresh = state.live?.id !== value.id;
      state.live = { ...value, image };
      root.dataset.step = `${value.step}/${value.steps}`;
      root.dataset.live = value.state;
      const bar = find(".wall-progress");
      bar.hidden = value.state !== "running";
      bar.querySelector("progress").value = value.step / value.steps;
      bar.querySelector("span").textContent = `step ${value.step} of ${value.steps}: the picture predicted so far`;
      show(fresh ? "live" : state.view);
    };
    image.src = value.src;
  }

  function choose(event) {
    const canvas = event.currentTarget;
    const v = view();
    if (!v) return;
    const box = canvas.getBoundingClientRect();
    const rows = Math.ceil(v.right.length / v.columns);
    const x = Math.floor(((event.clientX - box.left) / box.width) * v.columns);
    const y = Math.floor(((event.clientY - box.top) / box.height) * rows);
    const i = y * v.columns + x;
    if (i >= 0 && i < v.right.length) state.noise = i;
    schedule();
  }

  function move(event) {
    const v = view();
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: v?.columns, ArrowUp: -(v?.columns ?? 0) }[event.key];
    if (!v || !by) return;
    event.preventDefault();
    state.noise = Math.max(0, Math.min(v.right.length - 1, state.noise + by));
    schedule();
  }

  // ---- what can be saved: both grids side by side, and each picture's number -----------------------------------------

  function saved() {
    const v = view();
    if (!v) return null;
    const sides = [[".wall-zero", v.beside.w, v.left], [".wall-at", v.w, v.right]].map(([where, w, tiles]) =>
      ({ title: find(`${where} figcaption b`).textContent, canvas: find(`${where} canvas`), w, tiles }));
    const [{ canvas }] = sides, scale = Math.max(1, Math.round(canvas.clientWidth / canvas.width));
    const width = scale * canvas.width, height = scale * canvas.height, gap = 24, head = 24;
    const ink = getComputedStyle(root).color;
    const draw = (ctx) => sides.forEach((side, i) => {
      ctx.font = "600 13px system-ui, sans-serif";
      ctx.textAlign = "left";
      ctx.textBaseline = "top";
      ctx.fillStyle = ink;
      ctx.fillText(side.title, i * (width + gap), 0);
      ctx.imageSmoothingEnabled = false;
      ctx.drawImage(side.canvas, i * (width + gap), head, width, height);
    });
    const rows = () => sides.flatMap(({ w, tiles }) => tiles.map(({ name, noise, confidence }) => ({ class: name, noise, w, confidence })));
    const title = state.view === "live" ? "pictures sampled live" : `pictures of ${state.pick === "all" ? "all classes" : state.pick}`;
    return { title, coords: { w: v.w }, rows, width: 2 * width + gap, height: head + height, draw };
  }
  find(".wall-views").append(saveButton(saved));

  for (const canvas of element.querySelectorAll(".wall-grids canvas")) {
    canvas.addEventListener("click", choose);
    canvas.addEventListener("keydown", move);
  }
  for (const button of element.querySelectorAll(".wall-views button")) {
    button.addEventListener("click", () => show(button.dataset.view));
  }
  new ResizeObserver(schedule).observe(root);
  tileOf = () => {
    const v = view();
    return v && { tile: v.right[Math.min(state.noise, v.right.length - 1)], size: state.gallery?.tile ?? 32, w: v.w };
  };
  shown = (name, value) => {
    if (name === "w" && Number.isFinite(value)) state.w = value;
    if (name === "pick" && (!state.gallery || known(value))) state.pick = value;
    show("gallery");
  };
  watch("value", () => load(props.value));
  load(props.value);
  for (const [name, value] of asked) shown(name, value);
};
