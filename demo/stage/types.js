// Types of what the stage is given: those of demo/scene.py, by way of scene.schema.json (`npm run types` makes them).

/** @typedef {import("../../node_modules/.cache/scene.js").Scene} Sent */
/** @typedef {Sent["panels"][number]["layers"][number] & {name?: string, group?: string, on?: boolean}} Layer */
/** @typedef {Omit<Sent["panels"][number], "layers"> & {layers: Layer[]}} Panel */
/** @typedef {Omit<Sent, "panels"> & {panels: Panel[]}} Scene */
/**
 * A panel on the page.
 * @typedef {object} Drawn
 * @property {Panel} spec
 * @property {boolean} beside whether it stands second
 * @property {number} head pixels above the plot of a chart
 * @property {HTMLElement} legend
 * @property {HTMLElement} figure
 * @property {HTMLElement} words
 * @property {HTMLElement} mark
 * @property {HTMLCanvasElement} canvas
 * @property {CanvasRenderingContext2D} ctx
 * @property {import("./layers.js").View} [view]
 * @property {{x: number, y: number} | null} [dragged]
 * @property {{x: number, y: number} | null} [cursor] where the keyboard points
 */

export {};
