// The static page: sliders and choices move the stages; numbers come from files beside this one, when they are chosen.
(() => {
  const wanted = {}; // tab -> name of the view it shows, or will show when its file is here
  const values = new Map(); // name -> the stage's value
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const shade = () => document.body.classList.toggle("dark", dark.matches);
  dark.addEventListener("change", shade);
  shade();

  window.cfgStatic = (name, value) => {
    values.set(name, value);
    for (const [tab, chosen] of Object.entries(wanted)) if (chosen === name) window.cfgStage.load(`${tab}-stage`, value);
  };

  function choose(tab, name) {
    wanted[tab] = name;
    if (values.has(name)) return void window.cfgStage.load(`${tab}-stage`, values.get(name));
    const script = document.createElement("script");
    script.src = `views/${encodeURIComponent(name)}.js`;
    script.onerror = () => { document.querySelector(`#${tab} .message`).textContent = `${script.src} is missing.`; };
    document.head.append(script);
  }

  function open(tab) {
    for (const button of document.querySelectorAll("nav button")) {
      const mine = button.dataset.tab === tab;
      button.setAttribute("aria-selected", String(mine));
      document.getElementById(button.dataset.tab).hidden = !mine;
    }
    if (!wanted[tab]) choose(tab, document.querySelector(`select[data-of=${tab}]`).value);
  }

  for (const tab of ["gaussians", "field"]) {
    window.cfgStage.mount(`${tab}-stage`, document.getElementById(`${tab}-stage`), () => {}, () => {}, {});
    for (const coord of ["w", "lam"]) {
      const box = document.getElementById(`${tab}-${coord}`);
      if (!box) continue;
      const input = box.querySelector("input"), words = box.querySelector("output");
      const move = () => {
        const x = Number(input.value), show = (n) => String(Math.round(10 * n) / 10).replace("-", "−");
        words.textContent = coord === "w" ? `${show(x)} (scale ${show(1 + x)})` : show(x);
        window.cfgStage.set(`${tab}-stage`, {[coord]: x});
      };
      for (const event of ["input", "change"]) input.addEventListener(event, move);
      move();
    }
    document.querySelector(`select[data-of=${tab}]`).addEventListener("change", (e) => choose(tab, e.target.value));
  }
  for (const button of document.querySelectorAll("nav button")) button.addEventListener("click", () => open(button.dataset.tab));
  open("gaussians");
})();
