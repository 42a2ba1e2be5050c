// What the page's scripts put on the window, and what they find there.
interface Window {
  cfg: Record<string, any>;
  cfgEngine: string; // the engine's worker, joined into one script
  Plotly: any;
}
