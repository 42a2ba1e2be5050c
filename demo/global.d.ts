// What the page's scripts put on the window, and what they find there.
interface Window {
  cfg: Record<string, any>;
  Plotly: any;
}
