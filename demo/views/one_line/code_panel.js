// The code panel: lines of a script as text, never as markup; w is written into its line in the browser.
// value: {lines: [[text or null, mark, before or null]], w, slider, template, notebook, name}.
import {el, sayOn, slider} from "../../stage/dom.js";
import {plain} from "../../stage/format.js";

const wLine = (w, template) => template.replace("{w}", plain(w)).replace("{s}", plain(1 + w));

class Panel {
  constructor(element) {
    this.root = element.querySelector(".code-panel");
    this.body = this.root.querySelector("code");
    const [copy, save] = this.root.querySelectorAll("button");
    copy.addEventListener("click", () => this.copy(copy));
    save.addEventListener("click", () => this.save());
  }

  load(value) {
    this.value = JSON.parse(value);
    const input = slider(this.value.slider);
    this.w = input ? Number(input.value) : this.value.w;
    this.body.replaceChildren(...this.value.lines.flatMap((line) => this.line(line)));
    this.root.dataset.loads = Number(this.root.dataset.loads || 0) + 1;
    this.write();
  }

  line([text, mark, before]) {
    const out = [];
    if (before !== null) out.push(el("span", "code-line was", before));
    if (text !== null) {
      const line = el("span", `code-line ${mark}`), cut = this.comment(text);
      line.append(el("span", "", text.slice(0, cut)), el("span", "note", text.slice(cut) + "\n"));
      if (mark === "w") this.place = line;
      out.push(line);
    }
    return out;
  }

  comment(text) {
    const at = text.startsWith("#") ? 0 : text.indexOf("  # ");
    return at < 0 ? text.length : at;
  }

  set(w) {
    if (!Number.isFinite(w) || !this.value) return;
    this.w = w;
    this.write();
  }

  write() {
    const text = wLine(this.w, this.value.template), cut = this.comment(text), [code, note] = this.place.children;
    code.textContent = text.slice(0, cut);
    note.textContent = text.slice(cut) + "\n";
    this.root.dataset.w = plain(this.w);
  }

  script() {
    return [...this.body.querySelectorAll(".code-line:not(.was)")].map((n) => n.textContent).join("");
  }

  // the notebook as text, with the w that is shown
  notebook() {
    const book = structuredClone(this.value.notebook), now = `${wLine(this.w, this.value.template)}\n`;
    for (const cell of book.cells)
      if (cell.cell_type === "code") cell.source = cell.source.map((l) => (/^w = /.test(l) ? now : l));
    return JSON.stringify(book, null, 1);
  }

  copy(button) {
    const said = (text) => sayOn(button, text);
    const select = () => {
      getSelection().selectAllChildren(this.body);
      said("Selected: press Ctrl+C");
    };
    (navigator.clipboard?.writeText(this.script()) ?? Promise.reject()).then(() => said("Copied"), select);
  }

  save() {
    const link = el("a"), url = URL.createObjectURL(new Blob([this.notebook()], {type: "application/x-ipynb+json"}));
    Object.assign(link, {href: url, download: this.value.name});
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
  }
}

let shown = null; // the panel of the page, for set()

/** Write w into the script. */
export const set = (w) => shown?.set(w);

/** The script as it is shown. */
export const script = () => shown.script();

/** Show what `props.value` says, now and whenever it changes. */
export const mount = (element, props, watch) => {
  const panel = shown = new Panel(element), take = () => { if (props.value) panel.load(props.value); };
  watch("value", take);
  take();
};
