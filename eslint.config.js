import js from "@eslint/js";
import globals from "globals";

export default [
  js.configs.recommended,
  {
    files: ["demo/**/*.js", "cfg_core/**/*.js"],
    languageOptions: {globals: globals.browser},
  },
  {
    files: ["tests/js/**/*.js", "*.config.js"],
    languageOptions: {globals: globals.node},
  },
  {
    rules: {
      eqeqeq: "error",
      "no-var": "error",
      "prefer-const": "error",
      "no-restricted-globals": ["error", "event", "name"],
      "no-unused-vars": ["error", {args: "after-used"}],
    },
  },
];
