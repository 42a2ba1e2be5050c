// All that the page's own elements need, under one name: cfg.carry, cfg.stage, cfg.code, cfg.frame, cfg.lessons, cfg.state, cfg.toy.
import * as carry from "./frame/carry.js";
import * as frame from "./frame/frame.js";
import * as state from "./frame/state.js";
import * as lessons from "./lessons/bar.js";
import * as stage from "./stage/stage.js";
import * as toy from "./toy/page.js";
import * as code from "./views/one_line/code_panel.js";

window.cfg = {carry, stage, code, frame, lessons, state, toy};
