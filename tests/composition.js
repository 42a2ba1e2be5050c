// What tests/composition.py measures in the page, of the view of this name.
(name) => {
  const W = innerWidth, H = innerHeight, page = document.querySelector(`#view-${name}`), percent = (x) => 100 * x / W / H;
  const shown = (selector) => [...page.querySelectorAll(selector)].filter((e) => e.clientWidth && e.clientHeight);
  const plots = shown("[data-plot]").map((e) => {
    const at = e.getBoundingClientRect(), [x, y, w, h] = e.dataset.plot ? e.dataset.plot.split(" ").map(Number) : [0, 0, e.clientWidth, e.clientHeight];
    const left = at.left + x, top = at.top + y, seen = (from, length, end) => Math.max(0, Math.min(from + length, end) - Math.max(from, 0));
    return {hero: Boolean(e.closest("[data-hero]")), left, top, w, h, area: seen(left, w, W) * seen(top, h, H)};
  });
  const sum = (list) => list.reduce((total, {area}) => total + area, 0);
  const words = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, parent = node.parentElement;
    if (!node.textContent.trim() || !parent.checkVisibility({checkVisibilityCSS: true}) || parent.closest("style, script, .katex, svg")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const [box] = range.getClientRects();
    if (box?.width > 1 && box.top < H && !parent.closest("[aria-live]")) words.push({parent, box, text: node.textContent.trim().slice(0, 40)});
  }
  const small = words.filter(({parent}) => parseFloat(getComputedStyle(parent).fontSize) < 12).map(({text}) => text);
  const cut = ({parent, box}) => { // what is seen of a text
    let {left, top, right, bottom} = box;
    for (let e = parent; e && e !== document.body; e = e.parentElement) if (getComputedStyle(e).overflow !== "visible") {
      const at = e.getBoundingClientRect();
      [left, top, right, bottom] = [Math.max(left, at.left), Math.max(top, at.top), Math.min(right, at.right), Math.min(bottom, at.bottom)];
    }
    return {left, top, right, bottom};
  };
  const boxes = words.filter(({parent}) => page.contains(parent) && !parent.closest(".drive")).map((one) => ({...one, ...cut(one)}));
  const over = [];
  for (const a of boxes) for (const b of boxes) if (a !== b && a.text < b.text
    && Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4) over.push(`${a.text} / ${b.text}`);
  const sliders = shown(".drive input[type=range]").map((e) => e.getBoundingClientRect());
  const lead = page.querySelector(".lead").getBoundingClientRect();
  return {hero: percent(sum(plots.filter((p) => p.hero))), all: percent(sum(plots)), small, over,
    heroes: plots.filter((p) => p.hero).map(({left, top, w, h}) => [left, top, w, h].map(Math.round)),
    inSight: lead.bottom <= H && lead.height > 0 && sliders.every(({top, bottom}) => top >= 0 && bottom <= H),
    across: document.documentElement.scrollWidth - W};
}
