// All that the page's own elements need, under one name: cfg.carry, cfg.stage, cfg.wall, cfg.code, cfg.chart, cfg.frame, cfg.state, cfg.toy.
import * as carry from "./frame/carry.js";
import * as frame from "./frame/frame.js";
import * as state from "./frame/state.js";
import * as lessons from "./lessons/bar.js";
import * as stage from "./stage/stage.js";
import * as toy from "./toy/page.js";
import * as chart from "./widgets/chart.js";
import * as code from "./widgets/code_panel.js";
import * as wall from "./widgets/wall.js";

window.cfg = {carry, stage, wall, code, chart, frame, lessons, state, toy};
