// Pictures of a sheet in rows, a name above each row: those that belong to the value nearest to a live coordinate.
// A picture is 1 wide and 1 high in its panel; what a row has more than that is for its name.
/** @type {Map<string, HTMLImageElement>} by address */ const sheets = new Map();
/** @type {WeakMap<object, HTMLCanvasElement[]>} a layer's rows, drawn at their own size */ const strips = new WeakMap();

/** The sheet of that address; `again` is called when it has come. */
const sheetOf = (address, again) => {
  let image = sheets.get(address);
  if (!image) {
    sheets.set(address, (image = new Image()));
    image.src = address;
  }
  if (!image.complete) image.addEventListener("load", again, {once: true});
  return image;
};

/** The index of the value that is nearest to x. */
export const nearest = (values, x) => values.reduce((best, value, i) => (Math.abs(value - x) < Math.abs(values[best] - x) ? i : best), 0);

const stripOf = (layer, row) => {
  const rows = strips.get(layer) ?? layer.rows.map(() => document.createElement("canvas"));
  strips.set(layer, rows);
  return rows[row];
};

/** From one row to the next. */
const pitchOf = (view, layer) => (view.y[1] - view.y[0]) / layer.rows.length;

export const pictures = (view, layer, coords) => {
  const {ctx} = view, {tile, columns, rows, at} = layer, image = sheetOf(layer.sheet, view.again);
  const pitch = pitchOf(view, layer), head = (pitch - 1) * view.ky;
  const block = nearest(at, coords[layer.by] ?? at[0]) * rows.length;
  ctx.font = view.font;
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  rows.forEach((name, r) => {
    const y = view.py((rows.length - r) * pitch);
    ctx.fillStyle = view.color("ink");
    ctx.fillText(name, view.px(0), y + head / 2);
    if (!image.complete || !image.naturalWidth) return;
    const strip = stripOf(layer, r);
    Object.assign(strip, {width: columns.length * tile, height: tile}); // which also clears it
    columns.forEach((column, i) =>
      strip.getContext("2d").drawImage(image, column * tile, (block + r) * tile, tile, tile, i * tile, 0, tile, tile));
    ctx.imageSmoothingEnabled = view.kx < tile; // larger, a picture shows its pixels
    ctx.drawImage(strip, view.px(0), y + head, columns.length * view.kx, view.ky);
  });
};

/** What is at a place, in words. */
export const pictured = (view, layer, at, coords) => {
  const column = Math.floor(at.x), row = layer.rows.length - 1 - Math.floor(at.y / pitchOf(view, layer));
  const name = layer.names[column];
  return name && layer.rows[row] ? `${name}, ${layer.rows[row]}, ${layer.by} = ${layer.at[nearest(layer.at, coords[layer.by])]}` : "";
};
