import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";
import boundaries from "./eslint-boundaries.mjs";

export default defineConfig(
  { ignores: ["node_modules/", "components/dist/", ".state/", "toolchain/"] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      // Numbers read well in a message; everything else must be made a string on purpose.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
    },
  },
  ...boundaries,
  {
    // node:test's functions return promises that the runner itself awaits.
    files: ["test/**/*.ts"],
    rules: { "@typescript-eslint/no-floating-promises": "off" },
  },
);
